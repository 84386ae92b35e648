import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import type { Command } from '../../chaincode/protocol/command/command.ts';
import type { CommandDefinition } from '../../chaincode/protocol/command/definition.ts';
import { orderSchema } from '../../chaincode/protocol/command/wire.ts';
import { signPayload, signRequest } from '../../ingest/device/signed-payload.ts';
import { createDeviceToken } from '../../ingest/device/token.ts';
import { credentialsIn } from '../../network/pki/credentials.ts';
import { COAP_CLIENT, ensurePackages } from '../../scripts/platform/debian.ts';
import { allPresence, type StoredPresence } from '../../sql/writers/presence.ts';
import {
  becomes,
  commandedType,
  commandsOf,
  definition,
  deliveryOf,
  draft,
  issued,
} from '../harness/commands.ts';
import { eventually, ownerPool, runProgram, testHome } from '../harness/instance.ts';
import { makeActiveDevice, type TestDevice, withRegistry } from '../harness/test-device.ts';

const ADMIN = 'admin@manufacturer';
/** Parameters that no datagram has room for. */
const TEXT: CommandDefinition['parameters'] = {
  type: 'object',
  properties: { text: { type: 'string', maxLength: 4_000 } },
  required: ['text'],
  additionalProperties: false,
};
const ordersSchema = z.object({ orders: z.array(orderSchema) });

describe('commands without MQTT', function () {
  this.timeout(120_000);
  const home = testHome();
  const folder = mkdtempSync(join(tmpdir(), 'biot-commands-'));
  let ledger: ReturnType<typeof commandsOf>;
  let pool: Pool;
  let device: TestDevice;

  before(async () => {
    await ensurePackages([COAP_CLIENT], () => undefined);
    pool = ownerPool(home);
    ledger = commandsOf(home, ADMIN);
    const type = await commandedType(home, ADMIN);
    await ledger.define(definition(type, 'write', { parameters: TEXT }));
    device = await makeActiveDevice(home, 'elsewhere', type);
    await eventually(async () => (await curl('/self')).status === 200, 'the gateway to know the device');
  });
  after(async () => {
    ledger.close();
    await pool.end();
    rmSync(folder, { recursive: true });
  });

  const privateKeyOf = ({ id }: TestDevice): string =>
    readFileSync(credentialsIn(home.path('devices', id)).keyFile, 'utf8');

  const issue = (): Promise<Command> =>
    issued(ledger, draft('add', [device.id], { parameters: { number: 1 } }));

  async function curl(path: string, said?: object, by = device): Promise<{ status: number; body: string }> {
    const body = said === undefined ? undefined : JSON.stringify(said);
    const privateKey = privateKeyOf(by);
    const signed = body === undefined ? {} : { body: Buffer.from(body) };
    const token = await createDeviceToken({ device: by.id, privateKey, now: Date.now(), ...signed });
    const { out } = await runProgram('curl', [
      ...['-s', '--cacert', home.path('pki', 'platform-ca', 'cert.pem'), '-w', '\n%{http_code}'],
      ...['-H', `Authorization: Bearer ${token}`],
      ...(body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', body]),
      `https://127.0.0.1:${home.ports.gateway}/api/v1/device${path}`,
    ]);
    const end = out.lastIndexOf('\n');
    return { status: Number(out.slice(end + 1)), body: out.slice(0, end) };
  }

  /** Ids of the orders that a request gets. */
  async function poll(wait = 30): Promise<string[]> {
    const { status, body } = await curl(`/commands?wait=${wait}`);
    return status === 204 ? [] : ordersSchema.parse(JSON.parse(body)).orders.map(({ id }) => id);
  }

  async function presenceOf({ id }: TestDevice): Promise<StoredPresence | undefined> {
    return (await allPresence(pool)).find((each) => each.device === id);
  }

  describe('by HTTP, with curl', () => {
    it('are not sent while nobody waits, then come at once, and are answered to their end', async () => {
      const command = await issue();
      await eventually(
        async () => ((await deliveryOf(pool, command.id, device.id))?.attempts ?? 0) > 0,
        'an attempt',
      );
      expect((await deliveryOf(pool, command.id, device.id))?.state).to.equal('queued');
      expect(await poll()).to.deep.equal([command.id]);
      await becomes(pool, command, device.id, 'sent');
      const answer = `/commands/${command.id}/answer`;
      for (const state of ['acknowledged', 'running'] as const) {
        expect((await curl(answer, { id: command.id, state })).status).to.equal(202);
        await becomes(pool, command, device.id, state);
      }
      await curl(answer, { id: command.id, state: 'succeeded', result: { sum: 2 } });
      expect((await becomes(pool, command, device.id, 'succeeded')).result).to.deep.equal({ sum: 2 });
    });

    it('come while the device waits, and again until it has answered', async () => {
      const first = poll();
      const command = await issue();
      const got = await first;
      expect([[], [command.id]], 'unless it was issued only after the wait').to.deep.include(got);
      await eventually(async () => (await poll(1)).includes(command.id), 'the order once more');
      await curl(`/commands/${command.id}/answer`, { id: command.id, state: 'failed', message: 'no' });
      await becomes(pool, command, device.id, 'failed');
    });
  });

  it('are polled by a device that counts as there meanwhile, and as gone some time after', async () => {
    const poller = await makeActiveDevice(home, 'poller');
    const online = async (): Promise<boolean> => (await presenceOf(poller))?.state === 'online';
    await eventually(async () => (await curl('/self', undefined, poller)).status === 200, 'the device');
    const waiting = curl('/commands?wait=8', undefined, poller);
    await eventually(online, 'the device to be online');
    for (let seq = 1; seq <= 6; seq += 1) {
      const message = { seq, ts: Date.now(), values: { temperature: 21.5 } };
      expect((await curl('/telemetry', message, poller)).status).to.equal(202);
      await curl('/commands?wait=1', undefined, poller);
    }
    expect((await waiting).status).to.equal(204);
    const missed = async (): Promise<boolean> => (await presenceOf(poller))?.reason === 'silence';
    await eventually(missed, 'the device to be missed', 90_000);
  });

  describe('by CoAP, with the client of libcoap', () => {
    const signer = (): { device: string; privateKey: string } => ({
      device: device.id,
      privateKey: privateKeyOf(device),
    });
    const plain = (): string => `coap://127.0.0.1:${home.ports.coap}/commands`;
    const secured = (): string[] => {
      const { certificateFile, keyFile } = credentialsIn(home.path('devices', device.id));
      const certified = ['-c', certificateFile, '-j', keyFile];
      const authority = ['-R', home.path('pki', 'platform-ca', 'cert.pem')];
      return [...certified, ...authority, `coaps://127.0.0.1:${home.ports.coaps}/commands`];
    };
    let client: Observing | undefined;
    afterEach(() => client?.end());

    function written(name: string, bytes: Uint8Array): string {
      const file = join(folder, name);
      writeFileSync(file, bytes);
      return file;
    }

    async function observe(target: readonly string[], request?: Uint8Array): Promise<Observing> {
      const signed = request ?? signRequest(signer(), { purpose: 'orders' }, Date.now());
      client = new Observing(['-f', written('request', signed), ...target]);
      const { printed } = client;
      await eventually(() => printed().includes('"orders":[]') || printed().includes('4.01'), 'an answer');
      return client;
    }

    async function answer(said: object): Promise<string> {
      const signed = signPayload(signer(), 'answer', Buffer.from(JSON.stringify(said)));
      const options = ['-v', '6', '-B', '15', '-m', 'post', '-t', '18', '-f', written('answer', signed)];
      const { out, error } = await runProgram('coap-client-openssl', [...options, plain()]);
      return out + error;
    }

    for (const [what, target] of [
      ['', () => [plain()]],
      [' behind DTLS', secured],
    ] as const) {
      it(`are told to who observes them${what}, when they are issued and when they were there`, async () => {
        const before = await issue();
        await eventually(
          async () => ((await deliveryOf(pool, before.id, device.id))?.attempts ?? 0) > 0,
          'an attempt',
        );
        const { printed } = await observe(target());
        await eventually(() => printed().includes(before.id), 'the order that was there');
        await becomes(pool, before, device.id, 'sent');
        const after = await issue();
        await eventually(() => printed().includes(after.id), 'the order that came');
        for (const { id } of [before, after]) {
          expect(await answer({ id, state: 'acknowledged' })).to.include('2.04');
          expect(await answer({ id, state: 'succeeded', result: 7 })).to.include('2.04');
          expect((await becomes(pool, { id }, device.id, 'succeeded')).result).to.equal(7);
        }
        expect(await answer({ id: before.id, state: 'failed' })).to.include('TRANSITION_ILLEGAL');
      });
    }

    for (const [what, target] of [
      ['', () => [plain()]],
      [' behind DTLS', secured],
    ] as const) {
      it(`come in blocks${what} when they are larger than a datagram, and are sent when the last was asked for`, async () => {
        const text = Array.from({ length: 1_200 }, (_, index) => index.toString(36)).join(' ');
        const command = await issued(ledger, draft('write', [device.id], { parameters: { text } }));
        const { printed } = await observe(target());
        await becomes(pool, command, device.id, 'sent');
        const received = (): string =>
          Array.from(printed().matchAll(/ETag:.*Block2:.*:: '(.*)'$/gm), ([, part]) => part).join('');
        await eventually(() => received().includes(`"parameters":{"text":"${text}"}`), 'all of it');
        expect(await answer({ id: command.id, state: 'succeeded' })).to.include('2.04');
        await becomes(pool, command, device.id, 'succeeded');
      });
    }

    it('are observed by a device that counts as there meanwhile', async () => {
      const observer = await makeActiveDevice(home, 'observer');
      await eventually(async () => (await curl('/self', undefined, observer)).status === 200, 'the device');
      const by = { device: observer.id, privateKey: privateKeyOf(observer) };
      await observe([plain()], signRequest(by, { purpose: 'orders' }, Date.now()));
      const online = async (): Promise<boolean> => (await presenceOf(observer))?.state === 'online';
      await eventually(online, 'the device to be online');
    });

    it('are told to nobody who repeats a request of the device', async () => {
      const request = signRequest(signer(), { purpose: 'orders' }, Date.now());
      const first = await observe([plain()], request);
      await first.end();
      const { printed } = await observe([plain()], request);
      expect(printed()).to.include('4.01').and.to.include('TOKEN_INVALID');
    });
  });

  describe('by neither', () => {
    it('are not for a device that is suspended while it waits', async () => {
      const waiting = curl('/commands?wait=60');
      await withRegistry(home, ADMIN, (registry) => registry.suspend(device.id, 'for a test'));
      expect((await waiting).status).to.equal(403);
      await eventually(async () => (await curl('/commands?wait=1')).status === 403, 'the refusal');
    });
  });
});

/** A client that observes, until it is ended; it keeps what it printed. */
class Observing {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #printed = '';

  constructor(options: readonly string[]) {
    const usual = ['-v', '6', '-w', '-m', 'fetch', '-t', '18', '-s', '100', '-B', '100'];
    this.#child = spawn('coap-client-openssl', [...usual, ...options]);
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.#printed += chunk.toString()));
    this.#gone = once(this.#child, 'close');
  }

  printed = (): string => this.#printed;

  async end(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#gone;
  }
}
