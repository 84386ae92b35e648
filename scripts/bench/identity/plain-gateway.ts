import { decodeJwt } from 'jose';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { Home } from '../../../network/home/home.ts';
import { ReplayCache, verifyDeviceToken } from '../../../network/device-token/verify.ts';
import { connectLedger } from '../../../network/ledger/client.ts';
import { memberConnection } from '../../../network/ledger/member-connection.ts';
import { type RegistryLedger, registryLedger } from '../../../network/ledger/registry.ts';
import { servePlainly } from '../plain-server.ts';

const MEMBER = 'gateway@operator';
const FORBIDDEN = 403;
const FAILED = 500;
const ALWAYS_FRESH = { fresh: true, silentMs: 0, height: null };

export const SELF = '/api/v1/device/self';

/** A gateway that asks its peer about the device at each request, and keeps nothing. */
export class PlainGateway {
  readonly port: number;
  readonly #close: () => Promise<void>;

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  static async start(home: Home): Promise<PlainGateway> {
    const client = connectLedger(memberConnection(home, MEMBER));
    const server = await servePlainly(home, application(registryLedger(client)));
    return new PlainGateway(server.port, async () => {
      await server.close();
      client.close();
    });
  }

  close(): Promise<void> {
    return this.#close();
  }
}

function application(registry: RegistryLedger): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  const replay = new ReplayCache({ since: Date.now() });
  app.get(SELF, async (request, response) => {
    const token = (request.headers.authorization ?? '').slice('Bearer '.length);
    const device = await registry.get(decodeJwt(token).iss ?? '');
    const mirror = { device: () => device, freshness: () => ALWAYS_FRESH };
    response.json({ device: await verifyDeviceToken({ token, mirror, replay, clock: () => Date.now() }) });
  });
  app.use(answerRefusal);
  return app;
}

function answerRefusal(error: unknown, _request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) {
    next(error);
    return;
  }
  const refused = error instanceof BiotError && error.code === 'DEVICE_NOT_ACTIVE';
  response.status(refused ? FORBIDDEN : FAILED).end();
}
