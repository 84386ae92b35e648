import { expect } from 'chai';

import type { Device, DeviceStatus } from '../../chaincode/protocol/device.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Alert } from '../../sql/writers/alerts.ts';
import { testDevice } from '../testing/devices.ts';
import { SilenceWatch } from './silence-watch.ts';

const NOW = Date.UTC(2026, 5, 1, 12);

describe('SilenceWatch', () => {
  let silentMs: number;
  let rows: Alert[];
  let up: boolean;
  let tell: (devices: Device[]) => void;
  let watch: SilenceWatch;
  const device = testDevice('press-07');

  beforeEach(() => {
    silentMs = 6_000;
    rows = [];
    up = true;
    watch = new SilenceWatch({
      mirror: {
        // As ingest's mirror, whose bound is a day.
        freshness: () => ({ fresh: true, silentMs, height: 7 }),
        onChange: (listener) => {
          tell = listener;
          return () => {
            tell = () => undefined;
          };
        },
      },
      insert: (alerts) => {
        if (!up) return Promise.reject(new BiotError('DATABASE_UNAVAILABLE', 'down'));
        rows.push(...alerts);
        return Promise.resolve();
      },
      now: () => NOW,
    });
  });

  const becomes = (status: DeviceStatus) => {
    tell([{ ...device, status, by: 'admin@manufacturer' }]);
  };

  it('says of which device messages were taken that it could not send any more', async () => {
    for (let count = 0; count < 3; count += 1) watch.taken(device);
    becomes('revoked');
    silentMs = 0;
    await watch.flush();
    expect(rows).to.have.lengthOf(1);
    expect(rows[0]).to.deep.include({
      device: device.id,
      tenant: device.tenant,
      type: 'TAKEN_WHILE_SILENT',
      value: 3,
    });
    expect(rows[0]?.details).to.include({
      status: 'revoked',
      by: 'admin@manufacturer',
      takenSince: '2026-06-01T12:00:00.000Z',
    });
    becomes('revoked');
    await watch.flush();
    expect(rows, 'once').to.have.lengthOf(1);
  });

  it('says nothing of what was taken while the ledger was heard', async () => {
    silentMs = 0;
    watch.taken(device);
    becomes('revoked');
    await watch.flush();
    expect(rows).to.deep.equal([]);
  });

  it('says nothing of devices that stayed active, or are suspended after the silence', async () => {
    watch.taken(device);
    becomes('active');
    silentMs = 0;
    await watch.flush();
    becomes('suspended');
    await watch.flush();
    expect(rows).to.deep.equal([]);
  });

  it('forgets nothing while the silence lasts, nor while the database is down', async () => {
    watch.taken(device);
    await watch.flush();
    becomes('suspended');
    up = false;
    silentMs = 0;
    const failure = await watch.flush().catch((error: unknown) => error);
    expect(failure).to.include({ code: 'DATABASE_UNAVAILABLE' });
    up = true;
    await watch.flush();
    expect(rows).to.have.lengthOf(1);
  });

  it('hears nothing more once it is closed', async () => {
    watch.taken(device);
    watch.close();
    becomes('revoked');
    await watch.flush();
    expect(rows).to.deep.equal([]);
  });
});
