/** Twins in memory. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { deltaOf, type Twin } from '../../chaincode/protocol/twin.ts';
import type { Desire, TwinOwner } from '../../sql/writers/twins.ts';
import type { TwinStore } from '../twin-store.ts';

const NOTHING: Twin = {
  desired: { version: 0, properties: {}, at: null, by: null },
  reported: { version: 0, properties: {}, at: null, desiredVersion: null },
  delta: {},
};

export class FakeTwins implements TwinStore {
  readonly rows = new Map<string, Twin>();

  one = ({ device }: TwinOwner): Promise<Twin> => Promise.resolve(this.rows.get(device) ?? NOTHING);

  put = async ({ device, tenant, properties, version, by, at }: Desire): Promise<Twin> => {
    const { desired, reported } = await this.one({ device, tenant });
    if (desired.version !== version) throw new BiotError('VERSION_CONFLICT', 'somebody was quicker');
    const twin: Twin = {
      desired: { version: version + 1, properties, at, by },
      reported,
      delta: deltaOf(properties, reported.properties),
    };
    this.rows.set(device, twin);
    return twin;
  };
}
