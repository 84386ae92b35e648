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

/** Orders for a device. */
export function commandTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/command`;
}

/** What the device answers. */
export function answerTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/answer`;
}

/** Notices of firmware for a device. */
export function noticeTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/firmware`;
}

/** How far the device has come with an update. */
export function reportTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/update`;
}

/** Where a device says whether it is there; the broker does so in its name when its connection is lost. */
export function presenceTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/presence`;
}

/** What is wanted of a device, retained. */
export function desiredTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/desired`;
}

/** What the device says it has. */
export function reportedTopic({ tenant, device }: TopicOwner): string {
  return `${ROOT}/${tenant}/${device}/reported`;
}

/** Committed readings for whoever watches live. */
export function liveTopic({ tenant, device }: TopicOwner): string {
  return `biot/live/${tenant}/${device}`;
}

/** What comes over HTTP: messages, answers and reports with the device's signature, and that it asks for orders. */
type Relayed = 'telemetry' | 'answer' | 'reported' | 'poll';

/** From the gateway to the ingest workers. */
export function relayTopic({ tenant, device }: TopicOwner, what: Relayed): string {
  return `biot/relay/${tenant}/${device}/${what}`;
}

/** `$share/…` (MQTT 5 section 4.8.2): the broker gives each message to one worker of the group. */
export const TELEMETRY_SUBSCRIPTION = `$share/ingest/${ROOT}/+/+/telemetry`;
export const RELAY_SUBSCRIPTION = '$share/ingest/biot/relay/+/+/+';
export const ANSWER_SUBSCRIPTION = `$share/ingest/${ROOT}/+/+/answer`;
export const REPORT_SUBSCRIPTION = `$share/ingest/${ROOT}/+/+/update`;
export const REPORTED_SUBSCRIPTION = `$share/ingest/${ROOT}/+/+/reported`;
/** Not shared: only so the broker tells what it has retained, which is how things stand. */
export const PRESENCE_SUBSCRIPTION = `${ROOT}/+/+/presence`;
export const LIVE_SUBSCRIPTION = 'biot/live/+/+';

/** Tells whoever watches that headers of a log were committed to the channel. */
export function anchoredTopic(logId: string): string {
  return `biot/anchored/${logId}`;
}
export const ANCHORED_SUBSCRIPTION = 'biot/anchored/+';

/** Tells whoever watches what became of the tenant's commands. */
export function commandNewsTopic(tenant: string): string {
  return `biot/commands/${tenant}`;
}
export const COMMAND_NEWS_SUBSCRIPTION = 'biot/commands/+';

/** Tells whoever watches what became of a tenant's alerts. */
export function alertNewsTopic(tenant: string): string {
  return `biot/alerts/${tenant}`;
}
export const ALERT_NEWS_SUBSCRIPTION = 'biot/alerts/+';

/** Tells whoever watches which devices of the tenant came, went or fell asleep. */
export function presenceNewsTopic(tenant: string): string {
  return `biot/presence/${tenant}`;
}
export const PRESENCE_NEWS_SUBSCRIPTION = 'biot/presence/+';

/** Where something of a device came from: from itself, by MQTT, or over HTTP, by way of the gateway. */
type Source = 'device' | 'relay';
type Sourced = TopicOwner & { source: Source };

/** Whose telemetry a topic carries, or undefined when it is not a telemetry topic of ours. */
export function parseTelemetryTopic(topic: string): Sourced | undefined {
  return parseTopic(topic, 'telemetry');
}

/** Whose answers a topic carries, or undefined when it is not such a topic of ours. */
export function parseAnswerTopic(topic: string): Sourced | undefined {
  return parseTopic(topic, 'answer');
}

/** Who asks for orders over HTTP, or undefined when the topic says nothing of the kind. */
export function parsePollTopic(topic: string): TopicOwner | undefined {
  return ownerIn(topic, 'poll', 'relay');
}

/** Whose update a topic reports on, or undefined when it is not such a topic of ours. */
export function parseReportTopic(topic: string): TopicOwner | undefined {
  return ownerIn(topic, 'update', 'device');
}

/** Whose announcements a topic carries, or undefined when it is not such a topic of ours. */
export function parsePresenceTopic(topic: string): TopicOwner | undefined {
  return ownerIn(topic, 'presence', 'device');
}

function ownerIn(topic: string, wanted: string, from: Source): TopicOwner | undefined {
  const parsed = parseTopic(topic, wanted);
  return parsed?.source === from ? { tenant: parsed.tenant, device: parsed.device } : undefined;
}

function parseTopic(topic: string, wanted: string): Sourced | undefined {
  const [, root, owner, id, what] = /^biot\/(v1|relay)\/([^/]+)\/([^/]+)\/([a-z]+)$/.exec(topic) ?? [];
  const tenant = tenantSchema.safeParse(owner);
  const device = deviceIdSchema.safeParse(id);
  if (what !== wanted || !tenant.success || !device.success) return undefined;
  return { tenant: tenant.data, device: device.data, source: root === 'v1' ? 'device' : 'relay' };
}

/** Whose twin a topic reports on, or undefined when it is not such a topic of ours. */
export function parseReportedTopic(topic: string): Sourced | undefined {
  return parseTopic(topic, 'reported');
}
