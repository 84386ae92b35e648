/** The gateway on the real parts of an installation, from its start to its end. */
import { join } from 'node:path';

import type { Logger } from 'pino';

import { CHECKOUT, type Home } from '../network/home/home.ts';
import { repeat } from '../network/repeat.ts';
import { systemTime } from '../network/time.ts';
import { createApp } from './app.ts';
import type { GatewayConfig } from './config.ts';
import { closeAll, connectAll } from './connections.ts';
import { LiveHub } from './live/live-hub.ts';
import { LiveServer } from './live/live-server.ts';
import { followMembership } from './membership.ts';
import { Metrics } from './metrics.ts';
import { drain, httpServer, httpsServer, listen } from './servers.ts';
import { assemble } from './assemble.ts';
import { memberAuthorities, serverCredentials } from './credentials.ts';

const SWEEP_MS = 60_000;
/** Refusals that are counted come to the audit trail so often, if there are any. */
const COUNT_MS = 1_000;

export interface Gateway {
  /** Stops taking requests, finishes those under way, and closes all connections. */
  close(): Promise<void>;
}

/**
 * Starts serving. Ledger, database and broker may come later: `/readyz` says what is missing.
 *
 * @throws BiotError NOT_SET_UP, CONFIGURATION_INVALID, PORT_TAKEN
 */
export async function startGateway(home: Home, config: GatewayConfig, log: Logger): Promise<Gateway> {
  const metrics = new Metrics();
  const connections = connectAll(home, { config, metrics, log });
  const { broker, mirror, onAnchored, ownLog } = connections;
  const parts = await assemble(home, { config, connections, metrics, log });
  const hub = new LiveHub({
    source: broker,
    tokens: parts.tokens,
    sessions: parts.sessions,
    clock: parts.clock,
    policy: parts.policy,
    fleet: parts.fleet,
  });
  parts.alertNews.listen((news) => {
    hub.tell(news);
  });
  const live = new LiveServer({ hub });
  onAnchored.add((anchored) => {
    hub.anchored(anchored);
  });
  ownLog.start();
  const counting = new AbortController();
  const counted = repeat(
    {
      name: 'audit',
      everyMs: COUNT_MS,
      retryMs: COUNT_MS,
      task: () => parts.audit.flush(),
      log,
      time: systemTime,
    },
    counting.signal,
  );
  parts.metrics.watch({
    sessions: () => parts.sessions.size,
    liveConnections: () => hub.size,
    exports: () => parts.largeBodies.exports.size,
    devices: () => mirror.size,
    ledgerSilentMs: () => mirror.freshness().silentMs,
  });
  const quota = { points: config.requestsPerMinute, seconds: 60 };
  const secure = httpsServer(createApp(parts, { quota }), serverCredentials(home));
  const plain = httpServer(
    createApp(parts, { quota, loopbackOnly: true, dashboard: join(CHECKOUT, 'dashboard', 'dist') }),
  );
  live.attach(secure, { loopbackOnly: false });
  live.attach(plain, { loopbackOnly: true });
  const sweeping = setInterval(() => {
    parts.sessions.sweep();
  }, SWEEP_MS);
  const endFollowing = followMembership({
    authorities: () => memberAuthorities(home),
    revoked: () => connections.service.revoked('registry'),
    parts,
  });

  const close = async (): Promise<void> => {
    clearInterval(sweeping);
    endFollowing();
    live.close();
    parts.orders.close();
    await Promise.all([drain(secure), drain(plain)]);
    parts.sessions.endAll();
    counting.abort();
    const flushed = parts.audit.flush({ all: true }).catch((error: unknown) => {
      log.warn({ err: error }, 'the last refusals are not in the audit trail');
    });
    await closeAll(connections);
    await Promise.all([counted, flushed]);
  };
  try {
    await listen(secure, home.ports.gateway);
    await listen(plain, home.ports.dashboard);
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}
