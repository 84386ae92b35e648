import { expect } from 'chai';

import type { UpdateReport } from '../../../chaincode/protocol/firmware/rollout-wire.ts';
import { ledgerRollout } from '../../../chaincode/protocol/testing/rollouts.ts';
import { Backoff } from '../backoff.ts';
import { Reporter } from './reporter.ts';

const { id: rollout } = ledgerRollout();
const report = (state: UpdateReport['state']): UpdateReport => ({ rollout, state });

describe('reports of a device on its update', () => {
  let sent: string[];
  let reporter: Reporter;
  /** A broker that takes a report, or does not. */
  const link = (taken: () => boolean, seen: () => void = () => undefined): void => {
    reporter.connected((payload, settled) => {
      sent.push((JSON.parse(payload) as UpdateReport).state);
      settled(taken());
      seen();
    });
  };

  beforeEach(() => {
    sent = [];
    reporter = new Reporter(new Backoff({ first: 1, longest: 2 }));
  });
  afterEach(() => {
    reporter.disconnected();
  });

  it('wait for a connection, and only the last one counts', () => {
    reporter.tell(report('downloading'));
    reporter.tell(report('downloaded'));
    link(() => true);
    reporter.tell(report('verified'));
    expect(sent).to.deep.equal(['downloaded', 'verified']);
  });

  it('are told again until somebody takes them', async () => {
    const again = Promise.withResolvers<undefined>();
    link(
      () => sent.length >= 3,
      () => {
        if (sent.length === 3) again.resolve(undefined);
      },
    );
    reporter.tell(report('succeeded'));
    await again.promise;
    expect(sent).to.deep.equal(['succeeded', 'succeeded', 'succeeded']);
  });

  it('are told once more to a broker that may have lost them, and to whoever asks', () => {
    link(() => true);
    reporter.tell(report('succeeded'));
    reporter.disconnected();
    link(() => true);
    reporter.again();
    expect(sent).to.deep.equal(['succeeded', 'succeeded', 'succeeded']);
  });
});
