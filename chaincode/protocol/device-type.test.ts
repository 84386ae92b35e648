import { expect } from 'chai';
import fc from 'fast-check';

import {
  type Misfit,
  misfitOf,
  type TypeDefinition,
  typeDefinitionSchema,
  type TypeSensor,
} from './device-type.ts';
import { type Sensor, SENSOR_NAMES, SENSORS } from './sensors.ts';

function sensor(name: Sensor, fields: Partial<TypeSensor> = {}): TypeSensor {
  return { name, unit: SENSORS[name].unit, minimum: null, maximum: null, dataType: 'number', ...fields };
}

function type(...sensors: TypeSensor[]): TypeDefinition {
  return { name: 'press', description: 'of a test', sensors };
}

function misfit(values: Record<string, number>, ...sensors: TypeSensor[]): Misfit | undefined {
  return misfitOf(type(...sensors), values);
}

describe('the definition of a type', () => {
  const fits = (definition: unknown): boolean => typeDefinitionSchema.safeParse(definition).success;

  it('takes every sensor there is, in its unit', () => {
    expect(fits(type(...SENSOR_NAMES.map((name) => sensor(name))))).to.equal(true);
  });

  const refused: Record<string, unknown> = {
    'no sensor at all': type(),
    'a sensor twice': type(sensor('power'), sensor('power', { maximum: 5 })),
    'a sensor that nobody knows': type({ ...sensor('power'), name: 'mood' as Sensor }),
    'another unit than the sensor has': type(sensor('temperature', { unit: 'K' })),
    'a minimum above the maximum': type(sensor('power', { minimum: 2, maximum: 1 })),
    'a bound that is no number': type(sensor('power', { minimum: Number.NaN })),
    'a boolean with a range': type(sensor('state', { dataType: 'boolean', maximum: 1 })),
    'an integer from a half on': type(sensor('count', { dataType: 'integer', minimum: 0.5 })),
    'a name with a slash': { ...type(sensor('power')), name: 'a/b' },
    'no description': { ...type(sensor('power')), description: ' ' },
    'a field of its own': { ...type(sensor('power')), org: 'OperatorMSP' },
  };
  for (const [what, definition] of Object.entries(refused)) {
    it(`refuses ${what}`, () => {
      expect(fits(definition)).to.equal(false);
    });
  }
});

describe('the refusal of another unit', () => {
  it('names the one that the sensor has', () => {
    const { error } = typeDefinitionSchema.safeParse(type(sensor('temperature', { unit: 'K' })));
    expect(error?.issues[0]).to.deep.include({ path: ['sensors', 0, 'unit'], message: 'the unit is °C' });
  });
});

describe('what a type cannot send', () => {
  it('is a sensor that it lacks, named with those that it has', () => {
    expect(misfit({ power: 1, humidity: 5 }, sensor('power'), sensor('torque'))).to.deep.equal({
      code: 'SENSOR_UNKNOWN',
      message: 'values.humidity: type press has no such sensor, but power, torque',
    });
  });

  it('is a value out of its range, named with sensor, value and range', () => {
    expect(misfit({ temperature: 151 }, sensor('temperature', { minimum: -40, maximum: 150 }))).to.deep.equal(
      {
        code: 'VALUE_INVALID',
        message: 'values.temperature: 151 is not a number from -40 to 150 °C',
      },
    );
    expect(misfit({ power: -1 }, sensor('power', { minimum: 0 }))?.message).to.equal(
      'values.power: -1 is not a number of 0 W or more',
    );
    expect(misfit({ signal: 1 }, sensor('signal', { maximum: 0, dataType: 'integer' }))?.message).to.equal(
      'values.signal: 1 is not an integer of 0 dBm or less',
    );
  });

  it('is a fraction where the type says integer, and anything but 0 and 1 where it says boolean', () => {
    const sends = (dataType: TypeSensor['dataType'], value: number): boolean =>
      misfit({ state: value }, sensor('state', { dataType })) === undefined;
    expect([-3, 0, 7, 1e300].every((value) => sends('integer', value))).to.equal(true);
    expect([0.5, -0.1, 1e-300].some((value) => sends('integer', value))).to.equal(false);
    expect([0, -0, 1].every((value) => sends('boolean', value))).to.equal(true);
    expect([2, -1, 0.5].some((value) => sends('boolean', value))).to.equal(false);
    expect(misfit({ state: 2 }, sensor('state', { dataType: 'boolean' }))).to.deep.equal({
      code: 'VALUE_INVALID',
      message: 'values.state: 2 is not 0 or 1',
    });
  });

  it('does not depend on the prototype of a record', () => {
    const values: Record<string, number> = JSON.parse('{"constructor":1}') as Record<string, number>;
    expect(misfit(values, sensor('power'))?.code).to.equal('SENSOR_UNKNOWN');
  });

  it('is found again for the same name when the type has changed', () => {
    const [before, after] = [type(sensor('power')), type(sensor('power', { maximum: 1 }))];
    expect(misfitOf(before, { power: 2 })).to.equal(undefined);
    expect(misfitOf(after, { power: 2 })?.code).to.equal('VALUE_INVALID');
    expect(misfitOf(before, { power: 2 })).to.equal(undefined);
  });

  it('is whatever a plain reading of the type refuses', () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ min: -5, max: 5, noNaN: true }));
    const bound = fc.option(fc.integer({ min: -3, max: 3 }));
    const names = fc.constantFrom<Sensor>('power', 'torque', 'state', 'count');
    const sensors = fc
      .record({
        name: names,
        minimum: bound,
        maximum: bound,
        dataType: fc.constantFrom('number', 'integer', 'boolean'),
      })
      .map(({ name, ...fields }) => sensor(name, fields))
      .map((each) => (each.dataType === 'boolean' ? { ...each, minimum: null, maximum: null } : each));
    const types = fc
      .uniqueArray(sensors, { selector: ({ name }) => name, minLength: 1 })
      .map((all) => typeDefinitionSchema.safeParse(type(...all)))
      .filter(({ success }) => success)
      .map(({ data }) => data!);
    const can = ({ dataType, minimum, maximum }: TypeSensor, number: number): boolean => {
      if (dataType === 'boolean') return [0, 1].includes(number);
      if (dataType === 'integer' && Math.trunc(number) !== number) return false;
      return !(minimum !== null && number < minimum) && !(maximum !== null && number > maximum);
    };
    fc.assert(
      fc.property(types, fc.dictionary(names, value), (definition, values) => {
        const wrong = Object.entries(values).find(([name, number]) => {
          const found = definition.sensors.find((each) => each.name === name);
          return found === undefined || !can(found, number);
        });
        const told = misfitOf(definition, values);
        if (wrong === undefined) expect(told).to.equal(undefined);
        else expect(told?.message).to.match(new RegExp(`^values\\.${wrong[0]}: `));
      }),
    );
  });
});
