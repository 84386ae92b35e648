import { once } from 'node:events';
import { createServer, get as httpGet, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

import { expect } from 'chai';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { AttributedMessage } from '../../chaincode/protocol/message.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { PAGE_ROWS } from '../exports/telemetry-export.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

const START = 1_700_000_000_000;

function messages(count: number, fields: Partial<AttributedMessage> = {}): AttributedMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    ...{ tenant: 'acme', device: 'press-07', epoch: 1, seq: index + 1, ts: START + index * 1_000 },
    values: { temperature: 20 + index },
    ...fields,
  }));
}

const row = z.looseObject({ device: z.string(), seq: z.number(), sensor: z.string(), tenant: z.string() });

function rowsOf(body: string): z.infer<typeof row>[] {
  return body
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => row.parse(JSON.parse(line)));
}

describe('exports', () => {
  let gateway: TestGateway;
  let server: Server;
  let token: string;
  beforeEach(async () => {
    gateway = await testGateway();
    gateway.addDevice('press-07', { groups: ['hall-7'] });
    token = await gateway.signIn(gateway.people.operator);
    server = createServer(gateway.app).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  /** The answer as soon as it begins: nothing of it is read yet. */
  async function open(query: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
    const { port } = server.address() as AddressInfo;
    const path = `/api/v1/export/telemetry?${query}`;
    const asked = httpGet({
      ...{ port, host: '127.0.0.1', path },
      headers: { authorization: `Bearer ${token}`, ...headers },
    });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer;
  }

  async function rows(query: string): Promise<z.infer<typeof row>[]> {
    return rowsOf(await text(await open(`format=ndjson${query}`)));
  }

  async function refusal(query: string): Promise<unknown> {
    const answer = await open(query);
    return [
      answer.statusCode,
      z.looseObject({ code: z.string() }).parse(JSON.parse(await text(answer))).code,
    ];
  }

  /** What becomes of one that is read to its end. */
  async function ending(query: string, headers: Record<string, string> = {}): Promise<unknown> {
    try {
      await (await open(query, headers)).toArray();
      return 'whole';
    } catch (error) {
      return error;
    }
  }

  /** Each page of the database waits until it is let go. */
  function holdPages(): { held: (() => void)[]; letGo: () => void } {
    const { readings } = gateway.store;
    const held: (() => void)[] = [];
    gateway.store.readings = async (query) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      held.push(() => {
        resolve(undefined);
      });
      await promise;
      return readings(query);
    };
    return {
      held,
      letGo: () => {
        gateway.store.readings = readings;
      },
    };
  }

  const eventually = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    expect(await waitUntil(condition, 10_000), String(condition)).to.equal(true);
  };

  it('have every reading once, device after device, newest first', async () => {
    gateway.addDevice('pump-01');
    gateway.log.seal(messages(2 * PAGE_ROWS + 1));
    gateway.log.seal(messages(2, { device: 'pump-01' }));
    const exported = await rows('');
    expect(exported.map(({ seq, device }) => `${device} ${seq}`)).to.deep.equal([
      ...Array.from({ length: 2 * PAGE_ROWS + 1 }, (_, index) => `press-07 ${2 * PAGE_ROWS + 1 - index}`),
      'pump-01 2',
      'pump-01 1',
    ]);
  });

  it('are files, with a head also without a reading', async () => {
    const answer = await open('format=csv');
    expect(answer.headers['content-type']).to.equal('text/csv; charset=utf-8; header=present');
    expect(answer.headers['content-disposition']).to.match(
      /^attachment; filename="telemetry-\d{8}T\d{6}Z\.csv"$/,
    );
    expect(await text(answer)).to.equal(
      'id,device,tenant,sensor,unit,timestamp,value,seq,epoch,log,sequence\r\n',
    );
    expect(await rows('')).to.deep.equal([]);
  });

  it('are compressed when that is asked for', async () => {
    gateway.log.seal(messages(3));
    const answer = await open('format=ndjson', { 'accept-encoding': 'gzip' });
    expect(answer.headers).to.include({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    const parts = (await answer.toArray()) as Buffer[];
    expect(rowsOf(gunzipSync(Buffer.concat(parts)).toString())).to.have.length(3);
  });

  it('keep to what is asked for', async () => {
    gateway.addDevice('pump-01', { type: 'pump' });
    gateway.log.seal(messages(4));
    gateway.log.seal(messages(2, { device: 'pump-01', values: { pressure: 5 } }));
    const counts = { '&device=pump-01': 2, '&type=thermometer': 4, '&type=none': 0, '&group=hall-7': 4 };
    for (const [query, count] of Object.entries(counts))
      expect(await rows(query), query).to.have.length(count);
    expect(await rows('&sensor=pressure')).to.have.length(2);
    expect(await rows('&type=pump&group=hall-7')).to.have.length(0);
    expect(await rows(`&device=press-07&from=${START + 1_000}&to=${START + 3_000}`)).to.have.length(2);
    expect(await refusal(`format=csv&from=5&to=5`)).to.deep.equal([400, 'INVALID_ARGUMENT']);
    expect(await refusal(`format=xml`)).to.deep.equal([400, 'INVALID_ARGUMENT']);
    expect(await refusal(`format=csv&device=ghost`)).to.deep.equal([404, 'DEVICE_UNKNOWN']);
  });

  it('show nothing of another tenant, neither devices nor former rows', async () => {
    gateway.addDevice('theirs', { tenant: 'other' });
    gateway.log.seal(messages(2));
    gateway.log.seal(messages(3, { tenant: 'other' }));
    gateway.log.seal(messages(4, { tenant: 'other', device: 'theirs' }));
    expect(await rows('&tenant=other')).to.have.length(7);
    token = await gateway.signInFor('acme', 'operator');
    expect(await rows('')).to.have.length(2);
    expect(await rows('&tenant=other')).to.deep.equal([]);
    expect(await refusal('format=csv&device=theirs')).to.deep.equal([404, 'DEVICE_UNKNOWN']);
  });

  it('are refused as a problem when the database is not there', async () => {
    gateway.store.up = false;
    expect(await refusal('format=csv')).to.deep.equal([503, 'DATABASE_UNAVAILABLE']);
  });

  for (const encoding of ['identity', 'gzip'])
    it(`break off visibly when something fails halfway (${encoding})`, async () => {
      gateway.log.seal(messages(PAGE_ROWS + 1));
      const { readings } = gateway.store;
      gateway.store.readings = (query) =>
        query.before === undefined
          ? readings(query)
          : Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'the server has gone away'));
      const error = await ending('format=csv', { 'accept-encoding': encoding });
      expect(error).to.include({ code: 'ECONNRESET' });
      expect(gateway.logLines.join('')).to.include('the server has gone away');
    });

  it('end, broken off, with the session', async () => {
    gateway.log.seal(messages(3 * PAGE_ROWS));
    const { held } = holdPages();
    const ended = ending('format=csv');
    await eventually(() => held.length === 1);
    held[0]!();
    await eventually(() => held.length === 2);
    gateway.parts.sessions.endAll();
    held[1]!();
    expect(await ended).to.include({ code: 'ECONNRESET' });
    expect(held).to.have.length(2);
  });

  it('ask the database no faster than they are taken', async () => {
    gateway.log.seal(messages(PAGE_ROWS));
    const page = gateway.store.rows.map((reading) => ({ ...reading, anchor: null }));
    const pages = 60;
    let asked = 0;
    gateway.store.readings = () => {
      asked += 1;
      return Promise.resolve(asked > pages ? [] : page);
    };
    const answer = await open('format=ndjson');
    // The sockets' buffers take some; then it stands still.
    let before = -1;
    await eventually(() => {
      const stands = asked === before;
      before = asked;
      return stands;
    });
    expect(asked).to.be.lessThan(pages - 5);
    expect(rowsOf(await text(answer))).to.have.length(pages * PAGE_ROWS);
  });

  it('are two of a member, and give their place back also to who went away', async () => {
    gateway.log.seal(messages(3 * PAGE_ROWS));
    const { held, letGo } = holdPages();
    const stay = ending('format=csv');
    await eventually(() => held.length === 1);
    const leave = open('format=csv');
    await eventually(() => held.length === 2);
    expect(await refusal('format=csv')).to.deep.equal([429, 'RATE_LIMITED']);
    held[1]!();
    (await leave).destroy();
    letGo();
    await eventually(async () => {
      const third = await open('format=csv');
      await third.toArray();
      return third.statusCode === 200;
    });
    held[0]!();
    expect(await stay).to.equal('whole');
  });
});
