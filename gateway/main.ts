/** The gateway as a process: `node gateway/main.ts`, with the variables of `config.ts` and `BIOT_HOME`. */
import { pino } from 'pino';

import { BiotError } from '../chaincode/protocol/errors.ts';
import { openHome } from '../network/home/home.ts';
import { readConfig } from './config.ts';
import { startGateway } from './gateway.ts';
import { ensureTokenKey } from './setup/token-key.ts';

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const home = openHome();
  const log = pino({ name: 'gateway', level: config.logLevel });
  await ensureTokenKey(home);
  const gateway = await startGateway(home, config, log);
  log.info({ https: home.ports.gateway, http: home.ports.dashboard }, 'gateway listens');

  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'gateway stops');
    gateway.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'gateway did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  const message =
    error instanceof BiotError ? error.message : String(error instanceof Error ? error.stack : error);
  process.stderr.write(`gateway: ${message}\n`);
  process.exit(1);
});
