import { expect } from 'chai';
import request, { type Response } from 'supertest';

import type { Registration } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { csvOf } from '../../network/import/testing/csv-file.ts';
import { GENERIC_TYPE } from '../../network/initial-types.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { dig, pluck, textAt } from '../testing/answers.ts';
import { newPublicKey, type TestGateway, testGateway } from '../testing/gateway.ts';

/** Of each device by its place, whatever it is called: the same file asked for again is the same. */
const keys: string[] = [];

function registrations(count: number, prefix = 'lot'): Registration[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `${prefix}-${index}`,
    tenant: 'acme',
    type: 'generic',
    publicKey: (keys[index] ??= newPublicKey().publicKey),
    groups: ['hall-7'],
    tags: { place: 'a, "b"' },
  }));
}

describe('routes of imports', () => {
  let gateway: TestGateway;
  let admin: string;
  /** Lets the transactions go on that a test holds back. */
  let release: () => void;
  beforeEach(async () => {
    gateway = await testGateway();
    admin = await gateway.signIn(gateway.people.adminOperator);
    gateway.registry.types.set('generic', {
      ...GENERIC_TYPE,
      org: 'ManufacturerMSP',
      version: 1,
      updatedAt: new Date(gateway.now()).toISOString(),
      by: 'admin@manufacturer',
      transaction: 'a'.repeat(64),
    });
  });

  function send(path: string, body: string, type = 'text/csv', token = admin): Promise<Response> {
    const url = `/api/v1/imports${path}`;
    return request(gateway.app)
      .post(url)
      .set('Authorization', `Bearer ${token}`)
      .set('Content-Type', type)
      .send(body);
  }
  const look = (id: string, token = admin): Promise<Response> =>
    request(gateway.app).get(`/api/v1/imports/${id}`).set('Authorization', `Bearer ${token}`);

  async function begun(body: string, type?: string): Promise<string> {
    const response = await send('', body, type);
    expect(response.status, response.text).to.equal(202);
    return textAt(response, 'id');
  }

  async function ended(id: string): Promise<Response> {
    const over = await waitUntil(async () => textAt(await look(id), 'state') !== 'running', 5_000);
    expect(over, 'the import is over').to.equal(true);
    return look(id);
  }

  /** All transactions wait until they are released. */
  function hold(): void {
    const gate = Promise.withResolvers<undefined>();
    gateway.registry.registering = async () => {
      await gate.promise;
    };
    release = () => {
      gate.resolve(undefined);
    };
  }

  it('look at a file: every bad row by line and column, and nothing is registered', async () => {
    const [first, second, third, fourth] = registrations(4);
    gateway.registry.add('lot-3', { type: 'generic', publicKey: keys[3]! });
    gateway.registry.add('lot-2', { type: 'generic', tenant: 'rival', publicKey: keys[2]! });
    const bad = { ...second!, id: 'Lot 1', type: 'oven' };
    const response = await send('/dry-run', csvOf([first!, bad, third!, fourth!]));
    expect(response.status, response.text).to.equal(200);
    expect(response.body).to.include({ rows: 4, valid: 2, existing: 1 });
    expect(pluck(response, 'problems', 'line', 'column', 'code')).to.deep.equal([
      [3, 'id', 'INVALID_ARGUMENT'],
      [3, 'type', 'TYPE_UNKNOWN'],
      [4, 'id', 'DEVICE_EXISTS'],
    ]);
    const unknown = await send('/dry-run', csvOf([{ ...first!, type: 'oven' }]));
    expect(pluck(unknown, 'problems', 'column', 'code')).to.deep.equal([['type', 'TYPE_UNKNOWN']]);
    expect(gateway.registry.size).to.equal(2);
  });

  it('tell a member of another tenant no more of a device than that its id is taken', async () => {
    const [row] = registrations(1);
    gateway.registry.add('lot-0', { type: 'generic', tenant: 'rival', publicKey: keys[0]! });
    const limited = await gateway.signInFor('acme', 'admin');
    const response = await send('/dry-run', csvOf([row!]), 'text/csv', limited);
    expect(dig(response, 'problems')).to.deep.equal([
      { line: 2, column: 'id', code: 'DEVICE_EXISTS', message: 'device lot-0 is registered already' },
    ]);
  });

  it('register the devices of a file for the member’s organisation, signed by the member', async () => {
    const id = await begun(csvOf(registrations(1_234)));
    const run = await ended(id);
    expect(run.body).to.deep.equal({
      id,
      state: 'done',
      total: 1_234,
      registered: 1_234,
      skipped: 0,
      activated: 0,
      toActivate: 0,
      problems: [],
      others: [],
      failure: null,
    });
    expect(gateway.registry.device('lot-7')).to.deep.include({
      ...registrations(8)[7],
      org: 'OperatorMSP',
      by: 'admin@operator',
      status: 'registered',
    });
  });

  it('are an entry of the audit trail for each device, with its transaction', async () => {
    const response = await send('?activate=true', csvOf(registrations(300)));
    const id = textAt(response, 'id');
    await ended(id);
    for (const action of ['registerDevices', 'activateDevice']) {
      const told = gateway.trail.entries.filter((entry) => entry.action === action);
      expect(new Set(told.map(({ device }) => device)).size).to.equal(300);
      for (const { actor, tenant, details, transaction } of told)
        expect([actor, tenant, details['import'], transaction?.length]).to.deep.equal([
          ...['admin@operator', 'acme', id, 64],
        ]);
    }
  });

  it('activate the devices when that is asked for, those among them that were registered before', async () => {
    await ended(await begun(csvOf(registrations(2))));
    expect(dig(await send('/dry-run', csvOf(registrations(5))), 'idle')).to.equal(2);
    const response = await send('?activate=true', csvOf(registrations(5)));
    const over = await ended(textAt(response, 'id'));
    expect(over.body).to.include({ state: 'done', registered: 3, skipped: 2, activated: 5, toActivate: 5 });
    expect(
      [...gateway.registry.records.values()]
        .filter(({ id }) => id.startsWith('lot-'))
        .map(({ status }) => status),
    ).to.deep.equal(Array(5).fill('active'));
    expect((await send('?activate=yes', csvOf(registrations(5)))).status).to.equal(400);
  });

  it('take JSON, too', async () => {
    const run = await ended(await begun(JSON.stringify(registrations(3)), 'application/json'));
    expect(run.body).to.include({ state: 'done', registered: 3 });
    const bad = await send(
      '/dry-run',
      JSON.stringify([{ ...registrations(1)[0], org: 'OperatorMSP' }]),
      'application/json',
    );
    expect(pluck(bad, 'problems', 'line', 'column')).to.deep.equal([[1, null]]);
  });

  it('register nothing of a file with a bad row', async () => {
    const [first, second] = registrations(2);
    const run = await ended(await begun(csvOf([first!, { ...second!, publicKey: 'none' }])));
    expect(run.body).to.include({ state: 'failed', total: 2, registered: 0 });
    expect(dig(run, 'failure', 'code')).to.equal('INVALID_ARGUMENT');
    expect(pluck(run, 'problems', 'line', 'column', 'code')).to.deep.equal([
      [3, 'public_key', 'KEY_INVALID'],
    ]);
    expect(gateway.registry.size).to.equal(0);
  });

  it('register nothing twice when the same file is sent again', async () => {
    await ended(await begun(csvOf(registrations(600))));
    const run = await ended(await begun(csvOf(registrations(700))));
    expect(run.body).to.include({ state: 'done', total: 700, registered: 100, skipped: 600 });
  });

  it('run one file of a member at a time', async () => {
    hold();
    const id = await begun(csvOf(registrations(3)));
    expect((await look(id)).body).to.include({ state: 'running', registered: 0 });
    for (const path of ['', '/dry-run']) {
      const second = await send(path, csvOf(registrations(3, 'more')));
      expect([second.status, textAt(second, 'code')]).to.deep.equal([429, 'RATE_LIMITED']);
    }
    const other = await gateway.signIn(gateway.people.adminManufacturer);
    expect((await send('/dry-run', csvOf(registrations(1)), 'text/csv', other)).status).to.equal(200);
    release();
    expect((await ended(id)).body).to.include({ state: 'done', registered: 3 });
    expect((await send('/dry-run', csvOf(registrations(1)))).status).to.equal(200);
  });

  it('end with the session, say so, and go on in the next', async () => {
    hold();
    const id = await begun(csvOf(registrations(2_000)));
    const { sessionId } = await gateway.parts.tokens.verify(admin);
    gateway.parts.sessions.end(sessionId);
    release();
    admin = await gateway.signIn(gateway.people.adminOperator);
    const run = await ended(id);
    expect(dig(run, 'failure', 'code')).to.equal('TOKEN_EXPIRED');
    const count = gateway.registry.size;
    expect(run.body).to.include({ state: 'failed', registered: count });
    expect(count).to.be.below(2_000);
    const again = await ended(await begun(csvOf(registrations(2_000))));
    expect(again.body).to.include({ state: 'done', registered: 2_000 - count, skipped: count });
  });

  it('say what they failed of', async () => {
    gateway.registry.failure = new BiotError('FORBIDDEN', 'no rule allows it');
    const run = await ended(await begun(csvOf(registrations(3))));
    expect(run.body).to.deep.include({
      state: 'failed',
      failure: { code: 'FORBIDDEN', message: 'no rule allows it' },
    });
  });

  it('are shown to whose they are, and to nobody else', async () => {
    const id = await begun(csvOf(registrations(1)));
    await ended(id);
    const other = await gateway.signIn(gateway.people.adminManufacturer);
    for (const [which, token] of [
      [id, other],
      ['00000000-0000-4000-8000-000000000000', admin],
    ] as const)
      expect(textAt(await look(which, token), 'code')).to.equal('NOT_FOUND');
    expect((await look('1')).status).to.equal(400);
  });

  it('are forgotten when many of the same member have ended since, and not for those of others', async () => {
    const other = await gateway.signIn(gateway.people.adminManufacturer);
    const ofOther = textAt(await send('', csvOf([]), 'text/csv', other), 'id');
    const over = async (): Promise<boolean> => textAt(await look(ofOther, other), 'state') !== 'running';
    expect(await waitUntil(over, 5_000)).to.equal(true);
    const first = await begun(csvOf([]));
    await ended(first);
    for (let count = 0; count < 21; count += 1) await ended(await begun(csvOf([])));
    expect((await look(first)).status).to.equal(404);
    expect((await look(ofOther, other)).status).to.equal(200);
  });

  it('refuse what is no such file', async () => {
    expect((await send('', 'x', 'text/plain')).status).to.equal(415);
    expect((await send('/dry-run', 'x', 'multipart/form-data')).status).to.equal(415);
    const [problem] = pluck(await send('/dry-run', ''), 'problems', 'line');
    expect(problem).to.equal(1);
    expect((await send('/dry-run', 'x'.repeat(32 * 1024 * 1024 + 1))).status).to.equal(413);
  });

  it('read no body of who may not import', async () => {
    const large = 'x'.repeat(33 * 1024 * 1024);
    const operator = await gateway.signIn(gateway.people.operator);
    expect((await send('', large, 'text/csv', operator)).status).to.equal(403);
    expect((await send('', large, 'text/csv', 'nobody')).status).to.equal(401);
  });

  it('need a copy of the ledger that is not old', async () => {
    gateway.registry.fresh = false;
    expect(textAt(await send('/dry-run', csvOf(registrations(1))), 'code')).to.equal('LEDGER_STALE');
  });
});
