/** Twins in memory. */
import { deltaOf, type Twin } from '../../chaincode/protocol/twin.ts';
import type { DesireChange, TwinOwner } from '../../sql/writers/twins.ts';
import type { TwinStore } from '../twin-store.ts';

const NOTHING: Twin = {
  desired: { version: 0, properties: {}, at: null, by: null },
  reported: { version: 0, properties: {}, at: null, desiredVersion: null },
  delta: {},
};

export class FakeTwins implements TwinStore {
  readonly rows = new Map<string, Twin>();

  one = ({ device }: TwinOwner): Promise<Twin> => Promise.resolve(this.rows.get(device) ?? NOTHING);

  change = async ({ device, tenant, next, by, at }: DesireChange): Promise<Twin> => {
    const { desired, reported } = await this.one({ device, tenant });
    const properties = next(desired);
    const twin: Twin = {
      desired: { version: desired.version + 1, properties, at, by },
      reported,
      delta: deltaOf(properties, reported.properties),
    };
    this.rows.set(device, twin);
    return twin;
  };
}
