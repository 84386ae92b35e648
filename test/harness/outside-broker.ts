import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

import type { Home } from '../../network/home/home.ts';
import { requireProgram } from '../../scripts/platform/debian.ts';
import { eventually, runProgram } from './instance.ts';

export const USER = 'analytics';
export const PASSWORD = 'a password with blanks';

/** A stock broker that is not the platform's: TLS, a user with a password, on an address of this machine. */
export class OutsideBroker {
  readonly lines: string[] = [];
  readonly #home: Home;
  readonly #folder = mkdtempSync(join(tmpdir(), 'outside-broker-'));
  #port = 0;
  /** What the broker has logged since it was started. */
  #said = '';
  #broker: ChildProcess | undefined;
  #subscriber: ChildProcess | undefined;
  #subscribers = 0;

  constructor(home: Home) {
    this.#home = home;
  }

  get url(): string {
    return `mqtts://127.0.0.1:${this.#port}`;
  }

  /** PEM: who issued its certificate. */
  get authority(): string {
    return readFileSync(this.#authorityFile, 'utf8');
  }

  get #authorityFile(): string {
    return this.#home.path('pki', 'platform-ca', 'cert.pem');
  }

  async open(): Promise<void> {
    this.#port = await freePort();
    const passwords = join(this.#folder, 'passwords');
    writeFileSync(passwords, `${USER}:${PASSWORD}\n`, { mode: 0o600 });
    const hashed = await runProgram('mosquitto_passwd', ['-U', passwords]);
    if (hashed.code !== 0) throw new Error(hashed.error);
    const settings = [
      ...[`user ${userInfo().username}`, 'persistence false', `listener ${this.#port} 127.0.0.1`],
      `cafile ${this.#authorityFile}`,
      `certfile ${this.#home.path('pki', 'mosquitto', 'cert.pem')}`,
      `keyfile ${this.#home.path('pki', 'mosquitto', 'key.pem')}`,
      ...['allow_anonymous false', `password_file ${passwords}`],
    ];
    writeFileSync(join(this.#folder, 'mosquitto.conf'), settings.join('\n'));
    await this.start();
  }

  /** Again, after it was stopped. */
  async start(): Promise<void> {
    const file = join(this.#folder, 'mosquitto.conf');
    const args = ['-v', '-c', file];
    const broker = spawn(requireProgram('mosquitto'), args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#said = '';
    broker.stderr.on('data', (part: Buffer) => (this.#said += part.toString()));
    this.#broker = broker;
    await eventually(() => this.#said.includes('running'), 'the broker to run');
  }

  /** Without a word to anyone, as a crash. */
  async stop(): Promise<void> {
    await killed(this.#broker);
  }

  /** With the stock client: what it is sent, line by line. Resolves when it is subscribed. */
  async subscribe(topic: string): Promise<void> {
    const [, port = ''] = /:(\d+)$/.exec(this.url) ?? [];
    await killed(this.#subscriber);
    this.#subscribers += 1;
    const name = `reader-${this.#subscribers}`;
    const subscriber = spawn('mosquitto_sub', [
      ...['-i', name, '-V', '5', '-q', '1', '-h', '127.0.0.1', '-p', port, '-t', topic],
      ...['-u', USER, '-P', PASSWORD, '--cafile', this.#authorityFile],
    ]);
    this.#subscriber = subscriber;
    let rest = '';
    subscriber.stdout.setEncoding('utf8').on('data', (part: string) => {
      const lines = `${rest}${part}`.split('\n');
      rest = lines.pop() ?? '';
      this.lines.push(...lines);
    });
    await eventually(() => this.#said.includes(`Sending SUBACK to ${name}`), 'the subscription');
  }

  async close(): Promise<void> {
    await killed(this.#subscriber);
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function killed(child: ChildProcess | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once('close', () => {
      resolve();
    });
    child.kill('SIGKILL');
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
