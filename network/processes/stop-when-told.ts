import type { Logger } from 'pino';

/** Ends a service, once, when whoever started it says so. */
export function stopWhenTold(stop: () => Promise<void>, log: Pick<Logger, 'info'>): void {
  let stopping = false;
  const end = (): void => {
    if (stopping) return;
    stopping = true;
    log.info('stopping');
    void stop().then(() => {
      log.info('stopped');
    });
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
