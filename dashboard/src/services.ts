import { inject, type InjectionKey } from 'vue';

import { API_PREFIX, ApiClient } from './api/client.ts';
import { createApi, type Api } from './api/endpoints.ts';
import { sendWithProgress } from './api/send-with-progress.ts';
import { LiveSocket, type Connection, type ConnectionListener } from './live/live-socket.ts';
import { useLiveStore } from './live/live-store.ts';
import { useOwnKey } from './own-key/own-key-store.ts';
import { signingApi } from './own-key/signing-api.ts';
import { Session } from './session/session.ts';
import { usePermissions } from './session/permissions.ts';
import { rememberSession } from './session/session-hint.ts';
import { useSessionStore } from './session/session-store.ts';

/** What talks to the gateway: one of each for the whole page. */
export interface Services {
  session: Session;
  api: Api;
  live: LiveSocket;
}

const key: InjectionKey<Services> = Symbol('services');
export const servicesKey = key;

export function useServices(): Services {
  const services = inject(key);
  if (services === undefined) throw new Error('the application provides no services');
  return services;
}

export function createServices(): Services {
  const sessionStore = useSessionStore();
  const liveStore = useLiveStore();
  const permissions = usePermissions();
  const ownKey = useOwnKey();
  let recalled: Promise<void> | undefined;
  const session = new Session({
    fetch: (...call) => fetch(...call),
    exclusive: (task) => navigator.locks.request('biot-refresh', task),
    schedule,
    onChange: (member) => {
      if (member?.name !== sessionStore.member?.name) {
        ownKey.putAway();
        recalled = member === undefined ? undefined : ownKey.recall(member.name);
      }
      sessionStore.change(member);
      rememberSession(member !== undefined);
      if (member === undefined) permissions.forget();
      if (member === undefined) live.stop();
      else live.start();
    },
  });
  const live = new LiveSocket({
    open: openSocket,
    token: () => session.token,
    renew: () => session.renew(),
    schedule,
    random: Math.random,
    onState: (state) => {
      liveStore.change(state);
    },
  });
  window.addEventListener('online', () => {
    live.retryNow();
  });
  const client = new ApiClient({ fetch: (...call) => fetch(...call), sendWithProgress, tokens: session });
  const api = signingApi({
    api: createApi(client),
    client,
    signer: async () => {
      // Who has this browser keep a key must not have the gateway sign in the moment before it is found.
      await recalled;
      const { key } = ownKey;
      const { member } = session;
      return key === undefined || member === undefined ? undefined : { key, mspId: member.org };
    },
    confirm: (words) => ownKey.confirm(words),
  });
  return { session, api, live };
}

function schedule(task: () => void, milliseconds: number): () => void {
  const timer = setTimeout(task, milliseconds);
  return () => {
    clearTimeout(timer);
  };
}

function openSocket(listener: ConnectionListener): Connection {
  const address = new URL(`${API_PREFIX}/live`, window.location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.addEventListener('open', () => {
    listener.onOpen();
  });
  socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (typeof data === 'string') listener.onText(data);
  });
  socket.addEventListener('close', () => {
    listener.onClose();
  });
  return socket;
}
