import type { Severity } from '../../../chaincode/protocol/alerts/severity.ts';
import type { Api } from '../api/endpoints.ts';

/** Whether this browser can be told of alerts: over TLS or on loopback, and where its maker lets it. */
export function canBeTold(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in window;
}

const WORKER = '/push.js';
/** What a browser is told from, until there is a choice. */
const FROM: Severity = 'major';

async function subscription(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration(WORKER);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

export async function isTold(): Promise<boolean> {
  return canBeTold() && (await subscription()) !== null;
}

async function register(api: Api, push: PushSubscription): Promise<void> {
  const { endpoint = '', keys = {} } = push.toJSON();
  const { p256dh = '', auth = '' } = keys;
  await api.subscribeBrowser({ subscription: { endpoint, keys: { p256dh, auth } }, minimumSeverity: FROM });
}

/** Asks the person, who may say no. @throws Error with a sentence, or ApiProblem */
export async function tellThisBrowser(api: Api): Promise<void> {
  if ((await Notification.requestPermission()) !== 'granted')
    throw new Error(
      'The browser was told not to show notifications of this page: its settings can change that.',
    );
  const [registration, { publicKey }] = await Promise.all([
    navigator.serviceWorker.register(WORKER),
    api.pushKey(),
  ]);
  const options = { userVisibleOnly: true, applicationServerKey: publicKey };
  await register(api, await registration.pushManager.subscribe(options));
}

export async function tellThisBrowserNoMore(api: Api): Promise<void> {
  const push = await subscription();
  if (push === null) return;
  await api.unsubscribeBrowser(push.endpoint);
  await push.unsubscribe();
}

/** Whoever is signed in now is told here, as far as the rules of now let it. */
export async function renewThisBrowser(api: Api): Promise<void> {
  const push = canBeTold() ? await subscription() : null;
  if (push !== null) await register(api, push);
}
