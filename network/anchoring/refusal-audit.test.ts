import { expect } from 'chai';

import type { AuditEntry } from '../../chaincode/protocol/audit-entry.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { RefusalAudit } from './refusal-audit.ts';

const MINUTE = Date.UTC(2026, 0, 1, 12, 0);

const BY_INGEST = {
  actor: 'ingest-1@operator',
  org: 'OperatorMSP',
  action: 'refuseTelemetry',
  tenant: 'acme',
  subject: null,
  address: null,
};

describe('RefusalAudit', () => {
  let now: number;
  let rows: AuditEntry[];
  let up: boolean;
  let audit: RefusalAudit;

  beforeEach(() => {
    now = MINUTE;
    rows = [];
    up = true;
    audit = new RefusalAudit({
      now: () => now,
      insert: (entries) => {
        if (!up) return Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'down'));
        rows.push(...entries);
        return Promise.resolve();
      },
    });
  });

  function refuse(times: number, device: string | null = 'press-07'): void {
    for (let time = 0; time < times; time += 1)
      audit.add({ ...BY_INGEST, device, code: 'VALUE_INVALID', message: 'values.temperature: NaN' });
  }

  function numbers(): unknown[] {
    return rows.map(({ details }) => details['number']);
  }

  it('writes the first refusal at once, with what is needed to understand it', async () => {
    refuse(1);
    await audit.flush();
    expect(rows).to.deep.equal([
      {
        ...BY_INGEST,
        device: 'press-07',
        outcome: 'refused',
        transaction: null,
        details: {
          code: 'VALUE_INVALID',
          number: 1,
          since: '2026-01-01T12:00:00.000Z',
          example: 'values.temperature: NaN',
        },
        at: MINUTE,
      },
    ]);
  });

  it('writes one entry a device, code and minute, and loses no number', async () => {
    refuse(3);
    await audit.flush();
    refuse(1000);
    now += 30_000;
    await audit.flush();
    expect(numbers()).to.deep.equal([3]);
    now += 30_000;
    await audit.flush();
    expect(numbers()).to.deep.equal([3, 1000]);
    now += 60_000;
    await audit.flush();
    expect(numbers()).to.deep.equal([3, 1000]);
  });

  it('tells devices and codes apart', async () => {
    refuse(1);
    refuse(2, 'pump-1');
    refuse(4, null);
    audit.add({ ...BY_INGEST, device: 'press-07', code: 'MESSAGE_MALFORMED', message: 'no' });
    await audit.flush();
    expect(
      rows.map(({ device, details }) => [device, details['code'], details['number']]),
    ).to.have.deep.members([
      ['press-07', 'VALUE_INVALID', 1],
      ['pump-1', 'VALUE_INVALID', 2],
      [null, 'VALUE_INVALID', 4],
      ['press-07', 'MESSAGE_MALFORMED', 1],
    ]);
  });

  it('keeps the numbers while the database is away', async () => {
    up = false;
    refuse(2);
    let failed = false;
    await audit.flush().catch(() => (failed = true));
    expect(failed).to.equal(true);
    refuse(3);
    up = true;
    await audit.flush();
    expect(numbers()).to.deep.equal([5]);
  });

  it('writes the rest at the end, whatever the minute', async () => {
    refuse(1);
    await audit.flush();
    refuse(7);
    await audit.flush({ all: true });
    expect(numbers()).to.deep.equal([1, 7]);
  });

  it('keeps its memory bounded, and still counts', async () => {
    for (let index = 0; index < 12_000; index += 1) refuse(1, `made-up-${index}`);
    await audit.flush();
    expect(rows.length).to.be.at.most(10_001);
    const total = numbers().reduce<number>((sum, number) => sum + Number(number), 0);
    expect(total).to.equal(12_000);
  });
});
