import { inject, type InjectionKey } from 'vue';

import { API_PREFIX, ApiClient } from './api/client.ts';
import { createApi, type Api } from './api/endpoints.ts';
import { LiveSocket, type Connection, type ConnectionListener } from './live/live-socket.ts';
import { useLiveStore } from './live/live-store.ts';
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
  const session = new Session({
    fetch: (...call) => fetch(...call),
    exclusive: (task) => navigator.locks.request('biot-refresh', task),
    schedule,
    onChange: (member) => {
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
  const client = new ApiClient({ fetch: (...call) => fetch(...call), tokens: session });
  return { session, api: createApi(client), live };
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
