import { BiotError } from '../../chaincode/protocol/errors.ts';
import { answerCommand, type CommandParts, observeCommands } from './commands.ts';
import type { CoapHandler, CoapReply, CoapRequest } from './exchange.ts';
import { type FirmwareParts, imageBlock, requestImage } from './firmware.ts';
import { refusal } from './refusal.ts';
import { takeTelemetry, type TelemetryParts } from './telemetry.ts';

/** What there is, for whoever looks (RFC 6690). */
const LINKS = [
  '</telemetry>;rt="biot.telemetry";ct=18',
  '</commands>;rt="biot.commands";ct=18;obs',
  '</firmware>;rt="biot.firmware";ct=18',
].join(',');

/** All that they are made of. */
export type Resources = TelemetryParts & CommandParts & FirmwareParts;
type Resource = Partial<
  Record<CoapRequest['method'], (parts: Resources, request: CoapRequest) => Promise<CoapReply> | CoapReply>
>;

const RESOURCES: Readonly<Record<string, Resource>> = {
  '/telemetry': { POST: takeTelemetry },
  '/commands': { FETCH: observeCommands, POST: answerCommand },
  '/firmware': { POST: requestImage },
  '/firmware/{id}': { GET: imageBlock },
  '/.well-known/core': { GET: () => ({ code: '2.05', contentFormat: 'links', payload: LINKS }) },
};

const IMAGE = /^\/firmware\/[0-9a-f]{64}$/;

/** What devices find at our CoAP port. */
export function coapResources(parts: Resources): CoapHandler {
  return async (request) => {
    const path = request.path.replace(IMAGE, '/firmware/{id}');
    const resource = Object.hasOwn(RESOURCES, path) ? RESOURCES[path] : undefined;
    if (resource === undefined) return { code: '4.04' };
    const handle = resource[request.method];
    if (handle === undefined) return { code: '4.05' };
    try {
      return await handle(parts, request);
    } catch (error) {
      if (error instanceof BiotError) return refusal(error);
      throw error;
    }
  };
}
