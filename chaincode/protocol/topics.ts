import { deviceIdSchema, tenantSchema } from './identifiers.ts';

const ROOT = 'biot/v1';

export interface TopicOwner {
  tenant: string;
  device: string;
}

export function telemetryTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/telemetry`;
}

export function receiptTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/receipt`;
}

/** Committed readings for whoever watches live. */
export function liveTopic({ tenant, device }: TopicOwner): string {
  return `biot/live/${tenant}/${device}`;
}

/** Messages that came over HTTP, with the device's signature, from the gateway to the ingest workers. */
export function relayTopic({ tenant, device }: TopicOwner): string {
  return `biot/relay/${tenant}/${device}/telemetry`;
}

/** `$share/…` (MQTT 5 section 4.8.2): the broker gives each message to one worker of the group. */
export const TELEMETRY_SUBSCRIPTION = `$share/ingest/${ROOT}/+/+/telemetry`;
export const RELAY_SUBSCRIPTION = '$share/ingest/biot/relay/+/+/telemetry';
export const LIVE_SUBSCRIPTION = 'biot/live/+/+';

/** Tells whoever watches that headers of a log were committed to the channel. */
export function anchoredTopic(logId: string): string {
  return `biot/anchored/${logId}`;
}
export const ANCHORED_SUBSCRIPTION = 'biot/anchored/+';

export type TelemetrySource = 'device' | 'relay';

/** Whose telemetry a topic carries, or undefined when it is not a telemetry topic of ours. */
export function parseTelemetryTopic(topic: string): (TopicOwner & { source: TelemetrySource }) | undefined {
  const match = /^biot\/(v1|relay)\/([^/]+)\/([^/]+)\/telemetry$/.exec(topic);
  const tenant = tenantSchema.safeParse(match?.[2]);
  const device = deviceIdSchema.safeParse(match?.[3]);
  if (!tenant.success || !device.success) return undefined;
  return { tenant: tenant.data, device: device.data, source: match?.[1] === 'v1' ? 'device' : 'relay' };
}
