import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CHECKOUT, type Home } from '../../network/home/home.ts';
import { allProbes, httpProbe, listeningProbe } from '../../network/processes/probes.ts';
import type { Probe, ProcessSpec } from '../../network/processes/process-spec.ts';

/** Our own processes: TypeScript sources that Node.js runs as they are. */
function application(
  home: Home,
  spec: Pick<ProcessSpec, 'name' | 'port' | 'ready'> & { main: string; node?: readonly string[] },
): ProcessSpec {
  const { main, node = [], ...rest } = spec;
  return {
    ...rest,
    command: process.execPath,
    args: ['--enable-source-maps', ...node, join(CHECKOUT, main)],
    env: { BIOT_HOME: home.root, NODE_ENV: 'production' },
    cwd: CHECKOUT,
  };
}

/** Asks a server of ours over TLS, checked against the platform's own authority (made before the first start). */
export function answers(home: Home, port: number, path: '/healthz' | '/readyz'): Probe {
  return async () => {
    const authority = home.path('pki', 'platform-ca', 'cert.pem');
    return existsSync(authority) && httpProbe(`https://127.0.0.1:${port}${path}`, readFileSync(authority))();
  };
}

export function ingestProcess(home: Home): ProcessSpec {
  const port = home.ports.ingestOperations;
  return application(home, {
    name: 'ingest',
    main: 'ingest/main.ts',
    port,
    ready: answers(home, port, '/healthz'),
  });
}

/** Ends connections of devices that the ledger has turned away, and issues certificates to those that it has. */
export function guardProcess(home: Home): ProcessSpec {
  const port = home.ports.issuer;
  // It talks to nobody without a certificate of the platform: that somebody listens has to do.
  return application(home, {
    name: 'guard',
    main: 'ingest/guard/main.ts',
    port,
    ready: listeningProbe(port),
  });
}

/**
 * Exports make much that is soon garbage. A small nursery (MiB) and few arenas of malloc keep what they leave behind at
 * some 60 MiB, instead of 190. With a nursery this small V8 comes to believe that answers' headers live long, and puts
 * them among what does: it is told not to guess. One helper of the collector, since four would crowd out the requests
 * of a machine with two cores each time they mark.
 */
const FRUGAL = {
  node: ['--max-semi-space-size=4', '--no-allocation-site-pretenuring', '--v8-pool-size=1'],
  env: { MALLOC_ARENA_MAX: '2' },
};

export function gatewayProcess(home: Home): ProcessSpec {
  const { gateway, dashboard } = home.ports;
  const spec = application(home, {
    name: 'gateway',
    main: 'gateway/main.ts',
    node: FRUGAL.node,
    port: gateway,
    ready: allProbes(answers(home, gateway, '/healthz'), httpProbe(`http://127.0.0.1:${dashboard}/healthz`)),
  });
  return { ...spec, env: { ...spec.env, ...FRUGAL.env }, otherPorts: [dashboard] };
}

/** Tells people of alerts. It listens to nobody: it asks the database what is to be told. */
export function notifierProcess(home: Home): ProcessSpec {
  const ready = (): Promise<boolean> => Promise.resolve(true);
  return application(home, { name: 'notifier', main: 'gateway/notifier/main.ts', port: null, ready });
}

/** Publishes for the demo devices. It has no port; once it runs, the devices connect by themselves. */
export function simulatorProcess(home: Home): ProcessSpec {
  const spec = application(home, {
    name: 'simulator',
    main: 'ingest/device/simulator.ts',
    port: null,
    ready: () => Promise.resolve(true),
  });
  // A device knows nothing of a home: it is told where its files and its broker are.
  const env = {
    ...spec.env,
    BIOT_DEVICES: home.path('devices'),
    BIOT_BROKER_PORT: String(home.ports.mqtt),
    BIOT_BROKER_AUTHORITY: home.path('pki', 'platform-ca', 'cert.pem'),
    BIOT_GATEWAY_URL: `https://127.0.0.1:${home.ports.gateway}`,
    BIOT_VENDOR_KEYS: home.path('vendor-keys'),
  };
  return { ...spec, env };
}
