import { expect } from 'chai';
import request, { type Response } from 'supertest';

import { checkEvidence, evidenceSchema } from '../../chaincode/protocol/evidence.ts';
import type { AttributedMessage } from '../../chaincode/protocol/message.ts';
import { readingId } from '../../chaincode/protocol/reading-id.ts';
import { problemSchema } from '../http/problem.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { type TestGateway, testGateway } from '../testing/gateway.ts';

const START = 1_700_000_000_000;

function messages(count: number, first = 1): AttributedMessage[] {
  return Array.from({ length: count }, (_, index) => ({
    tenant: 'acme',
    device: 'press-07',
    epoch: 1,
    seq: first + index,
    ts: START + (first + index) * 1_000,
    values: { temperature: 20 + index, humidity: 50.5 },
  }));
}

function codeOf(response: Response): string {
  return problemSchema.parse(response.body).code;
}

describe('telemetry routes', () => {
  let gateway: TestGateway;
  let token: string;
  beforeEach(async () => {
    gateway = await testGateway();
    gateway.addDevice('press-07');
    token = await gateway.signIn(gateway.people.operator);
  });

  const get = (path: string) => request(gateway.app).get(path).set('Authorization', `Bearer ${token}`);

  it('lists readings, newest first, in pages, each once', async () => {
    gateway.log.seal(messages(5));
    const seen: string[] = [];
    let query = '';
    while (seen.length < 20) {
      const page = await get(`/api/v1/devices/press-07/telemetry?limit=3${query}`);
      seen.push(...pluck(page, 'readings', 'id').map(String));
      if (dig(page, 'next') === null) break;
      query = `&cursor=${textAt(page, 'next')}`;
    }
    expect(seen).to.have.length(10);
    expect(new Set(seen).size).to.equal(10);
    expect(seen.map(BigInt)).to.deep.equal([...seen.map(BigInt)].sort((left, right) => Number(right - left)));
  });

  it('shows a reading with its anchor', async () => {
    gateway.log.seal(messages(1));
    const page = await get('/api/v1/devices/press-07/telemetry?sensor=temperature');
    expect(dig(page, 'readings')).to.deep.equal([
      {
        id: readingId({ batch: 1n, leaf: 0, value: 1 }).toString(),
        ts: START + 1_000,
        sensor: 'temperature',
        value: 20,
        seq: 1,
        epoch: 1,
        anchor: { logId: 'ingest-1@operator', sequence: 0, state: 'committed' },
      },
    ]);
  });

  it('keeps to a time range: from is in it, to is not', async () => {
    gateway.log.seal(messages(5));
    const page = await get(
      `/api/v1/devices/press-07/telemetry?sensor=humidity&from=${START + 2_000}&to=${START + 4_000}`,
    );
    expect(pluck(page, 'readings', 'seq')).to.deep.equal([3, 2]);
  });

  it('shows what is stored also while the ledger is silent, but not of devices that it never had', async () => {
    gateway.registry.fresh = false;
    expect((await get('/api/v1/devices/press-07/telemetry')).status).to.equal(200);
    for (const path of ['telemetry', 'sensors', 'telemetry/rollup?sensor=voltage'])
      expect(codeOf(await get(`/api/v1/devices/ghost/${path}`)), path).to.equal('DEVICE_UNKNOWN');
  });

  it('names the sensors with unit and newest value', async () => {
    gateway.log.seal(messages(2));
    expect(dig(await get('/api/v1/devices/press-07/sensors'), 'sensors')).to.have.deep.members([
      { sensor: 'temperature', unit: '°C', latest: { ts: START + 2_000, value: 21 } },
      { sensor: 'humidity', unit: '%', latest: { ts: START + 2_000, value: 50.5 } },
    ]);
  });

  it('rolls up into at most as many points as asked for', async () => {
    gateway.log.seal(messages(100));
    const rollup = await get('/api/v1/devices/press-07/telemetry/rollup?sensor=temperature&points=10');
    expect(dig(rollup)).to.include({
      sensor: 'temperature',
      from: START + 1_000,
      to: START + 100_001,
      bucketMs: 15_000,
    });
    const counts = pluck(rollup, 'points', 'count').map(Number);
    expect(counts).to.have.length.within(5, 10);
    expect(counts.reduce((sum, count) => sum + count, 0)).to.equal(100);
    expect(dig(rollup, 'points', 0)).to.include({ min: 20 });
  });

  it('rolls up nothing into no points', async () => {
    const rollup = await get('/api/v1/devices/press-07/telemetry/rollup?sensor=voltage');
    expect(dig(rollup, 'points')).to.deep.equal([]);
  });

  it('refuses roll-ups that are too fine, backwards or of no sensor', async () => {
    const path = '/api/v1/devices/press-07/telemetry/rollup';
    for (const query of [
      'sensor=voltage&points=2001',
      'sensor=voltage&points=0',
      'sensor=voltage&from=5&to=5',
      '',
    ])
      expect((await get(`${path}?${query}`)).status, query).to.equal(400);
  });

  describe('a proof', () => {
    const prove = (batch: bigint, leaf: number) =>
      get(`/api/v1/telemetry/${readingId({ batch, leaf, value: 1 }).toString()}/proof`);
    const steps = (response: Response) =>
      checkEvidence(evidenceSchema.parse(response.body)).map(
        ({ name, ok }) => `${name} ${ok ? 'holds' : 'fails'}`,
      );
    const ALL = ['message holds', 'batch holds', 'header holds', 'log holds', 'checkpoint holds'];

    it('holds for every reading that is anchored', async () => {
      gateway.log.seal(messages(7));
      gateway.log.seal(messages(1, 8));
      gateway.log.commit(gateway.log.seal(messages(3, 9)));
      for (const [batch, leaf] of [
        [1n, 0],
        [1n, 6],
        [2n, 0],
        [3n, 2],
      ] as const)
        expect(steps(await prove(batch, leaf))).to.deep.equal(ALL);
    });

    it('holds when the log has grown since the last', async () => {
      gateway.log.commit(gateway.log.seal(messages(2)));
      await prove(1n, 0);
      gateway.log.commit(gateway.log.seal(messages(2, 3)));
      expect(steps(await prove(1n, 1))).to.deep.equal(ALL);
    });

    it('is refused while the batch is not on the ledger', async () => {
      gateway.log.seal(messages(2));
      const response = await prove(1n, 0);
      expect(response.status).to.equal(409);
      expect(codeOf(response)).to.equal('NOT_ANCHORED');
    });

    it('is refused when the database says that a batch is anchored and the ledger does not', async () => {
      gateway.log.seal(messages(2));
      Object.assign(gateway.store.anchorRows[0]!, {
        state: 'committed',
        transaction: 'cd'.repeat(32),
        block: 3,
      });
      expect(codeOf(await prove(1n, 0))).to.equal('NOT_ANCHORED');
    });

    it('fails visibly for a value that was changed in the database', async () => {
      gateway.log.commit(gateway.log.seal(messages(4)));
      const row = gateway.store.rows.find(({ seq, sensor }) => seq === 2 && sensor === 'temperature')!;
      row.value += 0.001;
      const response = await prove(1n, 1);
      expect(response.status).to.equal(200);
      expect(dig(response, 'message', 'values', 'temperature')).to.equal(21.001);
      expect(steps(response)).to.include('batch fails');
      expect(steps(await prove(1n, 2))).to.deep.equal(ALL);
    });

    it('fails visibly when another value of the message was deleted', async () => {
      gateway.log.commit(gateway.log.seal(messages(4)));
      gateway.store.rows = gateway.store.rows.filter(({ seq, sensor }) => seq !== 2 || sensor !== 'humidity');
      expect(steps(await prove(1n, 1))).to.include('batch fails');
    });

    it('fails visibly when the header, or the hash of another header, was changed', async () => {
      gateway.log.seal(messages(2));
      gateway.log.commit(gateway.log.seal(messages(2, 3)));
      const [anchor] = gateway.store.anchorRows;
      const { root } = anchor!;
      anchor!.root = 'ee'.repeat(32);
      expect(steps(await prove(1n, 0))).to.include.members(['batch fails', 'log fails']);
      anchor!.root = root;
      const right = gateway.store.hashes[1]!;
      gateway.store.hashes[1] = new Uint8Array(32);
      const other = await testGateway();
      expect(other).to.not.equal(gateway);
      gateway.store.hashes[1] = right;
      expect(steps(await prove(1n, 0))).to.deep.equal(ALL);
    });

    it('says what the database lacks', async () => {
      gateway.log.commit(gateway.log.seal(messages(2)));
      const lacking: [string, () => void][] = [
        ['damaged', () => gateway.store.witnesses.set(1n, new Uint8Array([1, 2, 3]))],
        ['gone', () => gateway.store.witnesses.set(1n, null)],
        ['not in the database', () => gateway.store.anchorRows.splice(0)],
      ];
      for (const [word, remove] of lacking) {
        remove();
        const response = await prove(1n, 0);
        expect(response.status).to.equal(500);
        expect(problemSchema.parse(response.body)).to.include({ code: 'EVIDENCE_INVALID' });
        expect(problemSchema.parse(response.body).detail).to.include(word);
      }
    });

    it('says that a row can be no device’s word', async () => {
      gateway.log.commit(gateway.log.seal(messages(2)));
      gateway.store.rows[0]!.sensor = 'telepathy';
      expect(codeOf(await prove(1n, 0))).to.equal('EVIDENCE_INVALID');
    });

    it('is not found for a reading that is not there', async () => {
      expect((await prove(9n, 0)).status).to.equal(404);
      expect((await get(`/api/v1/telemetry/${(2n ** 63n - 1n).toString()}/proof`)).status).to.equal(404);
      expect((await get(`/api/v1/telemetry/${(2n ** 63n).toString()}/proof`)).status).to.equal(400);
    });
  });
});
