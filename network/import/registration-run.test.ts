import { expect } from 'chai';

import { lotOf } from '../../chaincode/protocol/device-lot.ts';
import { BiotError, type ErrorCode } from '../../chaincode/protocol/errors.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { registerAll, type RunOptions, type RunResult } from './registration-run.ts';
import { entriesOf, FakeLedger, ORG } from './testing/ledger.ts';

describe('a run that registers the devices of a file', () => {
  let ledger: FakeLedger;
  let pauses: number[];
  beforeEach(() => {
    ledger = new FakeLedger();
    pauses = [];
  });

  function run(count: number, options: Partial<RunOptions> = {}): Promise<RunResult> {
    return registerAll(entriesOf(count), {
      registry: ledger,
      org: ORG,
      stop: new AbortController().signal,
      sleep: (ms) => Promise.resolve(pauses.push(ms)),
      ...options,
    });
  }

  /** Throws at these calls, counted from 1. */
  function failingAt(code: ErrorCode, ...calls: number[]): (transaction: unknown) => void {
    let call = 0;
    return (transaction) => {
      call += 1;
      if (!calls.includes(call)) return;
      const id = typeof transaction === 'string' ? transaction : undefined;
      throw new LedgerError(code, 'as the test says', { phase: 'submit', transaction: id });
    };
  }

  it('registers each device once, in full transactions, some at a time', async () => {
    const result = await run(2_300, { chunk: 500, inFlight: 3 });
    expect(result).to.deep.include({ outcome: 'complete', registered: 2_300, skipped: 0 });
    expect(result.problems.rows).to.equal(0);
    expect([...ledger.devices.keys()]).to.have.members(
      entriesOf(2_300).map(({ registration }) => registration.id),
    );
    expect(ledger.sizes.sort((left, right) => right - left)).to.deep.equal([500, 500, 500, 500, 300]);
    expect(ledger.mostUnderWay).to.equal(3);
  });

  it('keeps the devices of a lot together, wherever they stand in the file', async () => {
    const lots: string[][] = [];
    ledger.before = (registrations) => lots.push([...new Set(registrations.map(({ id }) => lotOf(id)))]);
    const [even, odd] = [0, 1].map((rest) => entriesOf(500).filter((_, index) => index % 2 === rest));
    await registerAll([...odd!, ...even!], {
      registry: ledger,
      org: ORG,
      stop: new AbortController().signal,
      sleep: () => Promise.resolve(),
      chunk: 25,
    });
    expect(lots.flat()).to.have.members([
      ...new Set(entriesOf(500).map(({ registration: { id } }) => lotOf(id))),
    ]);
    expect(Math.max(...ledger.sizes)).to.equal(20);
  });

  it('has nothing to do for none', async () => {
    expect(await run(0)).to.include({ outcome: 'complete', registered: 0 });
  });

  it('tells how far it is, and never less than before', async () => {
    const told: number[] = [];
    await run(50, { chunk: 10, inFlight: 2, onProgress: ({ registered }) => told.push(registered) });
    expect(told.at(-1)).to.equal(50);
    expect(told).to.deep.equal([...told].sort((left, right) => left - right));
  });

  for (const code of [
    'LEDGER_UNAVAILABLE',
    'LEDGER_TIMEOUT',
    'LEDGER_ENDORSE_FAILED',
    'LEDGER_COMMIT_INVALID',
  ] as const) {
    it(`tries again after ${code}, later each time`, async () => {
      ledger.before = failingAt(code, 1, 2, 3);
      expect(await run(10)).to.include({ outcome: 'complete', registered: 10 });
      expect(pauses).to.deep.equal([250, 500, 1_000]);
    });
  }

  for (const code of ['LEDGER_COMMIT_UNKNOWN', 'LEDGER_SUBMIT_FAILED'] as const) {
    it(`counts as its own what was committed although the answer was ${code}`, async () => {
      ledger.after = failingAt(code, 2);
      const result = await run(30, { chunk: 10, inFlight: 1 });
      expect(result).to.include({ outcome: 'complete', registered: 30, skipped: 0 });
      expect(ledger.sizes).to.deep.equal([10, 10, 10]);
    });

    it(`registers what was not committed after ${code}`, async () => {
      ledger.before = failingAt(code, 2);
      expect(await run(30, { chunk: 10, inFlight: 1 })).to.include({ outcome: 'complete', registered: 30 });
    });
  }

  it('skips what somebody else registered just so meanwhile, and registers the rest', async () => {
    const other = entriesOf(30).slice(12, 15);
    for (const { registration } of other) ledger.put(registration);
    const result = await run(30, { chunk: 10 });
    expect(result).to.include({ outcome: 'complete', registered: 27, skipped: 3 });
    expect(ledger.devices.size).to.equal(30);
  });

  it('names what somebody else registered otherwise, and registers the rest', async () => {
    const [, , third] = entriesOf(10);
    ledger.put({ ...third!.registration, tenant: 'rival' });
    const result = await run(10);
    expect(result).to.include({ outcome: 'complete', registered: 9 });
    expect(result.problems.listed).to.have.length(1);
    expect(result.problems.listed[0]).to.include({ line: 4, column: 'id', code: 'DEVICE_EXISTS' });
    expect(ledger.devices.get('d-2')?.tenant).to.equal('rival');
  });

  it('names what somebody else registered just so for another organisation', async () => {
    const [, , third] = entriesOf(10);
    ledger.put(third!.registration, { org: 'RivalMSP' });
    const { problems } = await run(10);
    expect(problems.listed.map(({ line, message }) => [line, message])).to.deep.equal([
      [4, "d-2 is registered already, as RivalMSP's"],
    ]);
  });

  it('counts nothing twice when looking up what exists fails half-way', async () => {
    for (const { registration } of entriesOf(40)) ledger.put(registration);
    let asked = 0;
    const get = async (id: string) => {
      asked += 1;
      if (asked === 30) throw new BiotError('LEDGER_TIMEOUT', 'too late');
      return ledger.get(id);
    };
    const result = await run(40, { registry: { register: ledger.register, get } });
    expect(result).to.include({ outcome: 'complete', registered: 0, skipped: 40 });
  });

  it('gives up when it does not get on, and says of what', async () => {
    ledger.before = () => {
      throw new BiotError('LEDGER_UNAVAILABLE', 'no peer');
    };
    const result = await run(10);
    expect(result).to.include({ outcome: 'failed', registered: 0 });
    expect(result.failure).to.include({ code: 'LEDGER_UNAVAILABLE' });
    expect(pauses).to.have.length(5);
  });

  it('does not repeat what is refused', async () => {
    ledger.before = () => {
      throw new BiotError('FORBIDDEN', 'no rule allows it');
    };
    const result = await run(5_000, { chunk: 10, inFlight: 2 });
    expect(result).to.include({ outcome: 'failed', registered: 0 });
    expect(result.failure).to.include({ code: 'FORBIDDEN' });
    expect(pauses).to.deep.equal([]);
    expect(ledger.sizes).to.deep.equal([]);
  });

  it('begins nothing more once it is stopped, finishes what is under way, and can be begun again', async () => {
    const stop = new AbortController();
    ledger.after = () => {
      if (ledger.sizes.length === 3) stop.abort();
    };
    const result = await run(100, { chunk: 10, inFlight: 2, stop: stop.signal });
    expect(result.outcome).to.equal('interrupted');
    expect(result.registered).to.equal(ledger.devices.size).and.to.be.within(30, 40);
    const rest = entriesOf(100).filter(({ registration }) => !ledger.devices.has(registration.id));
    const again = await registerAll(rest, {
      registry: ledger,
      org: ORG,
      stop: new AbortController().signal,
      sleep: () => Promise.resolve(),
    });
    expect(again).to.include({ outcome: 'complete', registered: 100 - result.registered });
  });
});
