import { status } from '@grpc/grpc-js';
import { type Proposal, StatusCode, type Status, type Transaction } from '@hyperledger/fabric-gateway';
import { expect } from 'chai';
import { DEFAULT_DEADLINES } from './connection.ts';
import { gatewayError, refusal, saidBy, TOO_FEW_ENDORSED } from './gateway-errors.fixture.ts';
import { LedgerError } from './ledger-error.ts';
import { submitTransaction } from './submission.ts';

const organisation = 'OperatorMSP';
const lag = gatewayError(status.ABORTED, TOO_FEW_ENDORSED, [
  saidBy('AuditorMSP', refusal('DEVICE_UNKNOWN', 'which?')),
]);

const leaderless = gatewayError(status.UNAVAILABLE, 'no orderers could successfully process transaction');

const overdue = gatewayError(status.DEADLINE_EXCEEDED, 'context deadline exceeded');

interface Course {
  endorse?: Error;
  /** How the first sendings to an orderer fail. */
  submit?: Error[];
  /** What the peer says about the commit, one answer a question; `VALID` after the last. */
  commit?: (Error | Status['code'])[];
}

/** Plays one course of events an attempt and writes down what happened in which order. */
class Stage {
  readonly happened: string[] = [];
  readonly pauses: number[] = [];
  readonly waits: number[] = [];
  readonly #courses: Course[];

  constructor(...courses: Course[]) {
    this.#courses = courses;
  }

  submit(onPrepared?: (id: string) => Promise<void>): ReturnType<typeof submitTransaction> {
    return submitTransaction({
      ...(onPrepared && { onPrepared }),
      organisation,
      deadlines: DEFAULT_DEADLINES,
      sleep: (ms) => {
        this.pauses.push(ms);
        return Promise.resolve();
      },
      propose: () => this.#propose(this.#courses.shift() ?? {}),
    });
  }

  #step<Result>(name: string, result: Result | Error): Promise<Result> {
    this.happened.push(name);
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  }

  #attempt = 0;

  #propose({ endorse, submit = [], commit = [] }: Course): Proposal {
    const failures = [...submit];
    this.#attempt += 1;
    const id = `tx${this.#attempt}`;
    const answers = [...commit];
    const outcome = (): Status | Error => {
      const code = answers.shift() ?? StatusCode.VALID;
      if (code instanceof Error) return code;
      return { blockNumber: 7n, code, successful: code === StatusCode.VALID, transactionId: id };
    };
    const submitted = {
      getStatus: ({ deadline }: { deadline: number }) => {
        this.waits.push(deadline - Date.now());
        return this.#step('commit', outcome());
      },
    };
    const transaction = {
      getTransactionId: () => id,
      getResult: () => new TextEncoder().encode('"done: ü"'),
      submit: () => this.#step('submit', failures.shift() ?? submitted),
    } as unknown as Transaction;
    return {
      getTransactionId: () => id,
      endorse: () => this.#step('endorse', endorse ?? transaction),
    } as unknown as Proposal;
  }
}

async function failure(promise: Promise<unknown>): Promise<LedgerError> {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(LedgerError);
    return error as LedgerError;
  }
  throw new Error('it did not fail');
}

describe('submitting a transaction', () => {
  it('gives the contract’s result, the id and the block', async () => {
    expect(await new Stage({}).submit()).to.deep.equal({ result: '"done: ü"', transaction: 'tx1', block: 7 });
  });

  it('waits for onPrepared between endorsement and ordering', async () => {
    const stage = new Stage({});
    await stage.submit(async (id) => {
      await Promise.resolve();
      stage.happened.push(`prepared ${id}`);
    });
    expect(stage.happened).to.deep.equal(['endorse', 'prepared tx1', 'submit', 'commit']);
  });

  it('sends nothing when onPrepared fails, and passes its error on', async () => {
    const stage = new Stage({});
    const disk = new Error('disk full');
    const error: unknown = await stage.submit(() => Promise.reject(disk)).catch((caught: unknown) => caught);
    expect(error).to.equal(disk);
    expect(stage.happened).to.deep.equal(['endorse']);
  });

  it('endorses anew, under a new id, what came into conflict with another transaction', async () => {
    const prepared: string[] = [];
    const stage = new Stage(
      { commit: [StatusCode.MVCC_READ_CONFLICT] },
      { commit: [StatusCode.PHANTOM_READ_CONFLICT] },
    );
    const { transaction } = await stage.submit((id) => {
      prepared.push(id);
      return Promise.resolve();
    });
    expect(transaction).to.equal('tx3');
    expect(prepared).to.deep.equal(['tx1', 'tx2', 'tx3']);
  });

  it('asks again when another organisation’s peer lags behind', async () => {
    const stage = new Stage({ endorse: lag }, {});
    expect((await stage.submit()).transaction).to.equal('tx2');
  });

  it('pauses a little longer each time, and gives up after four attempts', async () => {
    const stage = new Stage(
      ...Array.from({ length: 9 }, () => ({ commit: [StatusCode.MVCC_READ_CONFLICT] })),
    );
    const error = await failure(stage.submit());
    expect(error).to.include({
      code: 'LEDGER_COMMIT_INVALID',
      validation: 'MVCC_READ_CONFLICT',
      transaction: 'tx4',
    });
    expect(stage.pauses).to.have.length(3);
    stage.pauses.forEach((pause, index) => {
      expect(pause).to.be.within(25 * 2 ** index, 75 * 2 ** index);
    });
  });

  it('hands the same transaction to the orderers again while they have no leader', async () => {
    const stage = new Stage({ submit: [leaderless, leaderless, leaderless, leaderless] });
    expect((await stage.submit()).transaction).to.equal('tx1');
    expect(stage.happened).to.deep.equal(['endorse', ...Array<string>(5).fill('submit'), 'commit']);
    expect(stage.pauses).to.deep.equal([250, 500, 1000, 2000]);
  });

  it('gives up when they stay without one', async () => {
    const stage = new Stage({ submit: Array<Error>(9).fill(leaderless) });
    expect(await failure(stage.submit())).to.include({ code: 'LEDGER_SUBMIT_FAILED', transaction: 'tx1' });
    expect(stage.happened.filter((step) => step === 'submit')).to.have.length(5);
  });

  it('does not send again what an orderer refused', async () => {
    const stage = new Stage({ submit: [gatewayError(status.ABORTED, 'status=FORBIDDEN')] });
    expect((await failure(stage.submit())).code).to.equal('LEDGER_SUBMIT_FAILED');
    expect(stage.happened).to.deep.equal(['endorse', 'submit']);
  });

  it('sends it again, once, when it is long in no block: it may have been lost with a leader', async () => {
    const stage = new Stage({ commit: [overdue] });
    expect(await stage.submit()).to.include({ transaction: 'tx1', block: 7 });
    expect(stage.happened).to.deep.equal(['endorse', 'submit', 'commit', 'submit', 'commit']);
    expect(stage.waits[0]).to.be.closeTo(5_000, 500);
    expect(stage.waits[1]).to.be.closeTo(10_000, 500);
  });

  it('does not know, in the end, what it was not told', async () => {
    const stage = new Stage({ commit: [overdue, overdue] });
    expect(await failure(stage.submit())).to.include({ code: 'LEDGER_COMMIT_UNKNOWN', transaction: 'tx1' });
    expect(stage.happened.filter((step) => step === 'submit')).to.have.length(2);
  });

  it('endorses nothing anew whose effect is uncertain', async () => {
    for (const course of [
      { submit: [overdue] },
      { commit: [overdue, overdue] },
      { commit: [gatewayError(status.UNAVAILABLE, 'Connection dropped')] },
    ]) {
      const stage = new Stage(course, {});
      const error = await failure(stage.submit());
      expect(error.transaction).to.equal('tx1');
      expect(stage.happened.filter((step) => step === 'endorse')).to.have.length(1);
    }
  });

  it('tries nothing again that another attempt would not mend', async () => {
    const stage = new Stage({ commit: [StatusCode.ENDORSEMENT_POLICY_FAILURE] }, {});
    expect(await failure(stage.submit())).to.include({
      code: 'LEDGER_COMMIT_INVALID',
      validation: 'ENDORSEMENT_POLICY_FAILURE',
    });
    const refused = new Stage(
      {
        endorse: gatewayError(status.ABORTED, 'see details', [
          saidBy(organisation, refusal('TRANSITION_ILLEGAL', 'no')),
        ]),
      },
      {},
    );
    expect((await failure(refused.submit())).code).to.equal('TRANSITION_ILLEGAL');
    expect(refused.pauses).to.deep.equal([]);
  });
});
