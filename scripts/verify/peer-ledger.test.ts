import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Header } from '../../chaincode/protocol/header.ts';
import { inCheckout, patiently, peerCommand, peerLedger, type Run } from './peer-ledger.ts';

const LOG = 'ingest-1@operator';
const hash = 'ab'.repeat(32);

function header(sequence: number): Header {
  return { logId: LOG, sequence, size: 1, root: hash, previous: hash, ranges: hash };
}

async function failureOf(work: Promise<unknown>): Promise<BiotError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof BiotError)) throw new Error('it did not fail as expected');
  return error;
}

describe('the ledger by the peer command', () => {
  it('asks for headers in pages that the contract allows', async () => {
    const asked: string[] = [];
    const run: Run = (command) => {
      asked.push(command);
      const [from = 0, limit = 0] = [...command.matchAll(/"(\d+)"/g)].map((match) => Number(match[1]));
      return Promise.resolve(
        JSON.stringify(Array.from({ length: limit }, (_, index) => header(from + index))),
      );
    };
    const sequences: number[] = [];
    for await (const { sequence } of peerLedger(run).headers(LOG, 3, 1100)) sequences.push(sequence);
    expect(sequences).to.deep.equal(Array.from({ length: 1097 }, (_, index) => index + 3));
    expect(asked).to.deep.equal([
      peerCommand('List', LOG, '3', '500'),
      peerCommand('List', LOG, '503', '500'),
      peerCommand('List', LOG, '1003', '97'),
    ]);
  });

  it('does not take an answer of another form for one', async () => {
    for (const answer of ['', 'null', '[{}]', '[{"logId":"x y@z","size":1}]'])
      expect((await failureOf(peerLedger(() => Promise.resolve(answer)).logs())).code).to.equal(
        'LEDGER_EVALUATE_FAILED',
      );
  });

  it('tries again when the peer is away, and gives up', async () => {
    const away = new BiotError('LEDGER_UNAVAILABLE', 'away');
    let calls = 0;
    const failing = (times: number): Run =>
      patiently(
        () => ((calls += 1) <= times ? Promise.reject(away) : Promise.resolve('[]')),
        () => Promise.resolve(),
      );
    expect(await peerLedger(failing(2)).logs()).to.deep.equal([]);
    calls = 0;
    expect(await failureOf(peerLedger(failing(9)).logs())).to.equal(away);
    expect(calls).to.equal(3);
  });

  it('does not repeat what the contract refused', async () => {
    let calls = 0;
    const run = patiently(
      () => {
        calls += 1;
        return Promise.reject(new BiotError('FORBIDDEN', 'no'));
      },
      () => Promise.resolve(),
    );
    expect((await failureOf(run('x'))).code).to.equal('FORBIDDEN');
    expect(calls).to.equal(1);
  });

  it('tells a refusal of the contract from a peer that is away', async () => {
    const run = inCheckout({ root: '/nowhere' });
    const refusal = `echo 'Error: status:500 message:"{\\"code\\":\\"FORBIDDEN\\",\\"message\\":\\"not you\\"}"' >&2; false`;
    expect(await failureOf(run(refusal))).to.include({
      code: 'FORBIDDEN',
      message: 'the contract refused: not you',
    });
    const gone = await failureOf(run('echo "dial tcp: connection refused" >&2; false'));
    expect(gone.code).to.equal('LEDGER_UNAVAILABLE');
    expect(gone.message).to.include('connection refused');
    expect((await run('echo $BIOT_HOME')).trim()).to.equal('/nowhere');
  });
});
