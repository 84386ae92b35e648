import { expect } from 'chai';

import { misfitOf, typeDefinitionSchema } from '../../chaincode/protocol/device-type.ts';
import { sensorSchema } from '../../chaincode/protocol/sensors.ts';
import { signalOf } from '../../ingest/device/signals.ts';
import { GENERIC_TYPE } from '../../network/initial-types.ts';
import { DEMO_FLEET } from './demo-fleet.ts';
import { DEMO_TYPES } from './demo-types.ts';

const MINUTES_OF_A_YEAR = 365 * 24 * 60;
const MINUTE_MS = 60_000;
const BEGIN = Date.UTC(2026, 0, 1);

describe('types of the demo', () => {
  it('may be put as they are, as the generic one', () => {
    for (const definition of [...DEMO_TYPES, GENERIC_TYPE])
      expect(typeDefinitionSchema.parse(definition)).to.deep.equal(definition);
  });

  for (const { id, type, sensors } of DEMO_FLEET) {
    it(`take what the simulator makes up for ${id}, at any time of a year`, () => {
      const definition = DEMO_TYPES.find(({ name }) => name === type)!;
      const signals = sensors.map((name) => [name, signalOf(sensorSchema.parse(name), id)] as const);
      for (let minute = 0; minute < MINUTES_OF_A_YEAR; minute += 97) {
        const ts = BEGIN + minute * MINUTE_MS;
        const values = Object.fromEntries(signals.map(([name, at]) => [name, at(ts)]));
        expect(misfitOf(definition, values)).to.equal(undefined);
      }
    });
  }
});
