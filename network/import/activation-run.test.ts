import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { LedgerError } from '../ledger/ledger-error.ts';
import { type ActivationOptions, type ActivationResult, activateAll } from './activation-run.ts';
import { entriesOf, FakeLedger } from './testing/ledger.ts';

describe('a run that activates imported devices', () => {
  let ledger: FakeLedger;
  let ids: string[];
  beforeEach(() => {
    ledger = new FakeLedger();
    ids = entriesOf(250).map(({ registration }) => ledger.put(registration).id);
  });

  function run(options: Partial<ActivationOptions> = {}): Promise<ActivationResult> {
    return activateAll(ids, {
      registry: ledger,
      stop: new AbortController().signal,
      sleep: () => Promise.resolve(),
      ...options,
    });
  }
  const statuses = () => [...new Set([...ledger.devices.values()].map(({ status }) => status))];

  it('activates each, whole lots in a transaction, and tells how far it is', async () => {
    const told: number[] = [];
    expect(await run({ onProgress: (count) => told.push(count) })).to.deep.equal({ activated: 250 });
    expect(statuses()).to.deep.equal(['active']);
    expect(ledger.sizes).to.deep.equal([100, 100, 50]);
    expect(told.at(-1)).to.equal(250);
  });

  it('goes on where one was broken off of which no answer came', async () => {
    let answers = 0;
    ledger.after = () => {
      answers += 1;
      if (answers === 1)
        throw new LedgerError('LEDGER_COMMIT_UNKNOWN', 'no answer', {
          phase: 'commit',
          transaction: undefined,
        });
    };
    expect(await run()).to.deep.equal({ activated: 250 });
    expect(ledger.sizes).to.have.lengthOf(3);
  });

  it('leaves alone what somebody else changed meanwhile', async () => {
    ledger.put(entriesOf(250)[7]!.registration, { status: 'revoked' });
    ledger.put(entriesOf(250)[8]!.registration, { status: 'active' });
    expect(await run()).to.deep.equal({ activated: 249 });
    expect(ledger.devices.get('d-7')?.status).to.equal('revoked');
  });

  it('says why it does not get on, and begins nothing more', async () => {
    ledger.before = () => {
      throw new BiotError('KEY_TAKEN', "the key of d-0 is another device's");
    };
    const { activated, failure } = await run();
    expect([activated, failure?.code]).to.deep.equal([0, 'KEY_TAKEN']);
    expect(statuses()).to.deep.equal(['registered']);
  });

  it('does not ask for ever when it is refused for no reason that can be seen', async () => {
    ledger.before = () => {
      throw new BiotError('TRANSITION_ILLEGAL', 'no');
    };
    expect((await run()).failure?.code).to.equal('TRANSITION_ILLEGAL');
  });

  it('begins nothing when it is to stop', async () => {
    expect(await run({ stop: AbortSignal.abort() })).to.deep.equal({ activated: 0 });
    expect(ledger.sizes).to.deep.equal([]);
  });
});
