import { expect } from 'chai';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { DeviceEvents } from '../../ingest/device/device-client.ts';
import type { KeptMessage } from '../../ingest/device/device-store.ts';
import { Tally } from './tally.ts';

const KEY = 'replay ab';

function message(seq: number, origin = KEY): KeptMessage {
  return { seq, payload: '{}', origin };
}

describe('the tally of a replay', () => {
  let now: number;
  let tally: Tally;
  let events: DeviceEvents;

  beforeEach(() => {
    now = 1_000;
    tally = new Tally(KEY, () => now);
    const silent = (): void => undefined;
    events = {
      connected: silent,
      disconnected: silent,
      sent: silent,
      committed: silent,
      refused: silent,
      postponed: silent,
      ...tally.events,
    };
  });

  it('counts a message once, however often it is sent', () => {
    for (const seq of [1, 2, 1, 2, 3]) events.sent(message(seq));
    expect(tally.sent).to.equal(3);
  });

  it('counts messages of this file alone, though others of the device are on their way, too', () => {
    events.sent(message(1, 'replay cd'));
    events.sent({ seq: 2, payload: '{}' });
    events.committed([message(1, 'replay cd'), message(3), message(4), { seq: 5, payload: '{}' }]);
    expect(tally.sent).to.equal(0);
    events.refused({ seq: 1, code: 'VALUE_INVALID', message: 'no' }, message(1, 'replay cd'));
    events.refused({ seq: null, code: 'MESSAGE_MALFORMED', message: 'no' }, undefined);
    expect(tally).to.include({ receipted: 2 });
    expect(tally.refused).to.deep.equal({});
  });

  it('counts refusals by their codes', () => {
    for (const code of ['VALUE_INVALID', 'SENSOR_UNKNOWN', 'VALUE_INVALID'] as const)
      events.refused({ seq: 1, code, message: 'no' }, message(1));
    expect(tally.refused).to.deep.equal({ VALUE_INVALID: 2, SENSOR_UNKNOWN: 1 });
  });

  it('tells what is in the way until something is settled, be it of another file', () => {
    events.postponed({ code: 'LEDGER_STALE', message: 'silent' });
    expect(tally.trouble).to.equal('LEDGER_STALE: silent');
    events.disconnected(new BiotError('BROKER_UNAVAILABLE', 'gone'));
    expect(tally.trouble).to.include('no connection').and.include('gone');
    now = 5_000;
    events.committed([message(1, 'replay cd')]);
    expect(tally).to.include({ trouble: '', settledAt: 5_000 });
    events.postponed({ code: 'LEDGER_STALE', message: 'silent' });
    now = 6_000;
    events.refused({ seq: 1, code: 'VALUE_INVALID', message: 'no' }, message(1));
    expect(tally).to.include({ trouble: '', settledAt: 6_000 });
  });

  it('takes sending for no progress', () => {
    now = 9_000;
    events.sent(message(1));
    events.postponed({ code: 'LEDGER_STALE', message: 'silent' });
    expect(tally.settledAt).to.equal(1_000);
  });
});
