/**
 * Tells people of alerts, and others of telemetry, as a process of its own: what strangers answer is handled where nothing else
 * can be reached.
 */
import type { Pool } from 'mariadb';
import { type Logger, pino } from 'pino';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Home, openHome } from '../../network/home/home.ts';
import { stopWhenTold } from '../../network/processes/stop-when-told.ts';
import { readPushKeys } from '../../network/notifications/push-keys.ts';
import { readOpeningKey } from '../../network/notifications/secrets.ts';
import { repeat } from '../../network/repeat.ts';
import { systemTime } from '../../network/time.ts';
import { connectPool, homeDatabase } from '../../sql/connect.ts';
import { deliverer } from './channels/deliver.ts';
import { mailer } from './channels/email.ts';
import { type NotifierConfig, readConfig } from './config.ts';
import { Dispatcher } from './dispatcher.ts';
import { sqlMailbox } from './mailbox.ts';
import { networks } from './outward/addresses.ts';
import { outwardPost } from './outward/post.ts';
import { outwardPublish } from './outward/publish.ts';
import type { Reach } from './outward/reach.ts';
import { Forwarder } from './streams/forwarder.ts';
import { streamSender } from './streams/send.ts';
import { sqlStreamStore } from './streams/stream-store.ts';

const LOOK_MS = 1_000;
const RETRY_MS = 5_000;
const ANSWER_WITHIN_MS = 10_000;

/** What is done again and again. */
interface Desk {
  look(): Promise<void>;
  idle(): Promise<void>;
}

/** Telemetry has connections of its own: however much is read, alerts wait for none. */
interface Pools {
  readonly notify: Pool;
  readonly stream: Pool;
}

function desksOf(home: Home, pools: Pools, { settings }: NotifierConfig, log: Logger): Record<string, Desk> {
  const reach: Reach = {
    allowed: networks(settings.allowedNetworks),
    plain: settings.allowPlainHttp,
    withinMs: ANSWER_WITHIN_MS,
  };
  const signing = {
    post: outwardPost(reach),
    openingKey: readOpeningKey(home),
    now: () => systemTime.now(),
  };
  const notify = new Dispatcher({
    mailbox: sqlMailbox(pools.notify, systemTime),
    deliver: deliverer({
      ...signing,
      pushKeys: readPushKeys(home),
      contact: settings.dashboard ?? `mailto:${settings.mail?.from ?? 'nobody@biot.invalid'}`,
      sendMail: settings.mail && mailer(settings.mail, settings.dashboard),
    }),
    time: systemTime,
    log,
  });
  const stream = new Forwarder({
    store: sqlStreamStore(pools.stream, systemTime),
    send: streamSender({ ...signing, publish: outwardPublish(reach) }),
    time: systemTime,
    log,
  });
  return { notify, stream };
}

/** @returns what stops it */
function run(home: Home, config: NotifierConfig, log: Logger): () => Promise<void> {
  const database = homeDatabase(home, 'biot_notifier');
  const pools = { notify: connectPool(database), stream: connectPool(database) };
  const desks = Object.entries(desksOf(home, pools, config, log));
  const stopping = new AbortController();
  const looking = desks.map(([name, desk]) =>
    repeat(
      {
        ...{ name, everyMs: LOOK_MS, retryMs: RETRY_MS, log, time: systemTime },
        task: () => desk.look(),
      },
      stopping.signal,
    ),
  );
  return async () => {
    stopping.abort();
    await Promise.all(looking);
    await Promise.all(desks.map(([, desk]) => desk.idle()));
    await Promise.all([pools.notify.end(), pools.stream.end()]);
  };
}

function main(): void {
  const home = openHome();
  const config = readConfig(process.env, home);
  const log = pino({ name: 'notifier', level: config.logLevel });
  const stop = run(home, config, log);
  log.info('notifier runs');
  stopWhenTold(stop, log);
}

try {
  main();
} catch (error) {
  const message = error instanceof BiotError ? error.message : String(error);
  process.stderr.write(`notifier: ${message}\n`);
  process.exit(1);
}
