import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { GENERIC_TYPE } from '../initial-types.ts';
import type { PolicyLedger } from '../ledger/policies.ts';
import type { TypeLedger } from '../ledger/types.ts';
import { contractLedger } from './ledger.ts';
import { type Plan, planImport } from './plan.ts';
import { csvOf } from './testing/csv-file.ts';
import { entriesOf, FakeLedger } from './testing/ledger.ts';

/** What the contract adds to a type's definition. */
const PUT = {
  org: 'ManufacturerMSP',
  version: 1,
  updatedAt: '2026-01-01T00:00:00.000Z',
  by: 'admin@manufacturer',
  transaction: 'a'.repeat(64),
};

describe('the plan of an import', () => {
  let ledger: FakeLedger;
  /** Kinds of devices that were asked about. */
  let asked: unknown[];
  let forbidden: string | undefined;
  let authorize: PolicyLedger['authorize'];
  let getType: TypeLedger['get'];
  let pauses: number[];
  let interrupted: boolean;
  beforeEach(() => {
    ledger = new FakeLedger();
    asked = [];
    forbidden = undefined;
    authorize = (subject, action, resource) => {
      asked.push([subject, action, resource]);
      const allowed = forbidden === undefined || resource.tenant !== forbidden;
      return Promise.resolve({ allowed, rule: null, reason: allowed ? 'yes' : 'no rule allows it' });
    };
    getType = (name) =>
      name === 'press'
        ? Promise.resolve({ ...GENERIC_TYPE, name, ...PUT })
        : Promise.reject(new BiotError('TYPE_UNKNOWN', `no type ${name}`));
    pauses = [];
    interrupted = false;
  });

  const registrations = entriesOf(2_000).map(({ registration }) => registration);
  function plan(count: number): Promise<Plan> {
    const contracts = contractLedger({
      registry: ledger,
      policies: { authorize: (...question) => authorize(...question) },
      types: { get: (name) => getType(name) },
      org: 'OperatorMSP',
      patience: { sleep: (ms) => Promise.resolve(pauses.push(ms)), over: () => interrupted },
    });
    return planImport(Buffer.from(csvOf(registrations.slice(0, count))), 'csv', contracts);
  }

  it('has everything to do on an empty ledger, and does nothing of it', async () => {
    const { rows, valid, existing, fresh, problems } = await plan(30);
    expect([rows, valid, existing, fresh.length, problems.rows]).to.deep.equal([30, 30, 0, 30, 0]);
    expect(ledger.devices.size).to.equal(0);
  });

  it('leaves out what the ledger has just so, however its labels and status have changed', async () => {
    for (const [index, registration] of registrations.slice(0, 1_400).entries())
      if (index % 2 === 0) ledger.put(registration, { groups: ['moved'], status: 'revoked' });
    ledger.put({ ...registrations[1_999]!, id: 'elsewhere' });
    const { valid, existing, fresh } = await plan(1_400);
    expect([valid, existing, fresh.length]).to.deep.equal([1_400, 700, 700]);
    expect(fresh.every(({ registration }) => !ledger.devices.has(registration.id))).to.equal(true);
  });

  it('names what the ledger has otherwise, and how', async () => {
    ledger.put({ ...registrations[1]!, tenant: 'rival' }, { org: 'ManufacturerMSP' });
    ledger.put({ ...registrations[3]!, type: 'oven' });
    const { problems, valid } = await plan(5);
    expect(valid).to.equal(3);
    expect(problems.listed.map(({ line, code, message }) => [line, code, message])).to.deep.equal([
      [3, 'DEVICE_EXISTS', "d-1 is registered already, as ManufacturerMSP's, with tenant rival"],
      [5, 'DEVICE_EXISTS', "d-3 is registered already, as OperatorMSP's, with type oven"],
    ]);
  });

  it('names what another organisation has just so', async () => {
    ledger.put(registrations[1]!, { org: 'ManufacturerMSP' });
    const { problems, existing } = await plan(3);
    expect(existing).to.equal(0);
    expect(
      problems.listed.map(({ line, column, code, message }) => [line, column, code, message]),
    ).to.deep.equal([[3, 'id', 'DEVICE_EXISTS', "d-1 is registered already, as ManufacturerMSP's"]]);
  });

  it('tells which of those that exist were never active', async () => {
    for (const [index, status] of (['registered', 'active', 'revoked'] as const).entries())
      ledger.put(registrations[index]!, { status });
    expect((await plan(5)).idle).to.deep.equal(['d-0']);
  });

  it('names the rows whose key another device has', async () => {
    ledger.put({ ...registrations[1]!, id: 'elsewhere' });
    const { problems, fresh, valid } = await plan(4);
    expect([fresh.length, valid]).to.deep.equal([3, 3]);
    expect(problems.listed).to.deep.equal([
      { line: 3, column: 'public_key', code: 'KEY_TAKEN', message: "the key of d-1 is another device's" },
    ]);
  });

  it('asks once for each kind of device whether the member may register it', async () => {
    expect((await plan(1_000)).fresh).to.have.length(1_000);
    const resource = { org: 'OperatorMSP', tenant: 'acme', type: 'press', groups: [], status: 'registered' };
    expect(asked).to.deep.equal([[undefined, 'device:register', resource]]);
  });

  it('names the rows that the member may not register', async () => {
    forbidden = 'acme';
    const { problems, fresh } = await plan(2);
    expect(fresh).to.deep.equal([]);
    expect(problems.listed.map(({ line, column, code }) => [line, column, code])).to.deep.equal([
      [2, null, 'FORBIDDEN'],
      [3, null, 'FORBIDDEN'],
    ]);
  });

  it('names the rows whose type the ledger does not know', async () => {
    registrations[1]!.type = 'oven';
    const { problems, fresh } = await plan(3);
    registrations[1]!.type = 'press';
    expect(fresh).to.have.length(2);
    expect(problems.listed.map(({ line, column, code }) => [line, column, code])).to.deep.equal([
      [3, 'type', 'TYPE_UNKNOWN'],
    ]);
  });

  it('names them also where the row is bad otherwise', async () => {
    const { id, type } = registrations[1]!;
    Object.assign(registrations[1]!, { id: 'Bad', type: 'oven' });
    const { problems } = await plan(3);
    Object.assign(registrations[1]!, { id, type });
    expect(problems.listed.map(({ line, column, code }) => [line, column, code])).to.deep.equal([
      [3, 'id', 'INVALID_ARGUMENT'],
      [3, 'type', 'TYPE_UNKNOWN'],
    ]);
  });

  /** The first so many calls fail: the peer is away. */
  function awayFor<Args extends unknown[], Answer>(
    times: number,
    answer: (...args: Args) => Promise<Answer>,
  ): (...args: Args) => Promise<Answer> {
    let left = times;
    return (...args) => {
      left -= 1;
      return left < 0 ? answer(...args) : Promise.reject(new BiotError('LEDGER_UNAVAILABLE', 'no peer'));
    };
  }

  it('asks again when the peer is briefly away, whatever it asks for', async () => {
    ledger.list = awayFor(3, ledger.list);
    authorize = awayFor(2, authorize);
    getType = awayFor(1, getType);
    ledger.takenKeys = awayFor(2, ledger.takenKeys);
    expect((await plan(30)).fresh).to.have.length(30);
    expect(pauses).to.deep.equal([250, 500, 1_000, 250, 500, 250, 250, 500]);
  });

  it('fails when the ledger cannot be asked for long', async () => {
    ledger.list = awayFor(Infinity, ledger.list);
    expect(await plan(1).catch((error: unknown) => error)).to.include({ code: 'LEDGER_UNAVAILABLE' });
    expect(pauses).to.deep.equal([250, 500, 1_000, 2_000, 4_000]);
  });

  it('does not ask again once it is interrupted, nor when it is refused', async () => {
    ledger.list = () => Promise.reject(new BiotError('FORBIDDEN', 'not you'));
    expect(await plan(1).catch((error: unknown) => error)).to.include({ code: 'FORBIDDEN' });
    interrupted = true;
    ledger.list = awayFor(1, ledger.list);
    expect(await plan(1).catch((error: unknown) => error)).to.include({ code: 'LEDGER_UNAVAILABLE' });
    expect(pauses).to.deep.equal([]);
  });
});
