import { expect } from 'chai';

import { draftOfType, emptySensor, type SensorDraft, type TypeDraft, typeOf } from './type-draft.ts';

const PRESS: Parameters<typeof draftOfType>[0] = {
  name: 'press',
  description: 'Presses sheet metal',
  sensors: [
    { name: 'pressure', unit: 'hPa', dataType: 'number', minimum: 0, maximum: 500.5 },
    { name: 'count', unit: '1', dataType: 'integer', minimum: 0, maximum: null },
    { name: 'state', unit: '1', dataType: 'boolean', minimum: null, maximum: null },
  ],
};

function sensor(fields: Partial<SensorDraft>): SensorDraft {
  return { ...emptySensor(), name: 'pressure', ...fields };
}

function errorsOf(fields: Partial<TypeDraft>) {
  const made = typeOf({ ...draftOfType(PRESS), ...fields });
  return 'errors' in made ? made.errors : undefined;
}

function rowError(...sensors: SensorDraft[]): string | undefined {
  return errorsOf({ sensors })?.rows.get(sensors.length - 1);
}

describe('the form for a type', () => {
  it('gives back what it was given', () => {
    expect(typeOf(draftOfType(PRESS))).to.deep.equal({ definition: PRESS });
  });

  it('says for how long readings are kept, or nothing', () => {
    const kept = { ...PRESS, retentionDays: 30 };
    expect(typeOf(draftOfType(kept))).to.deep.equal({ definition: kept });
    for (const retentionDays of ['0', '1.5', 'ten', '36501'])
      expect(errorsOf({ retentionDays })?.retentionDays, retentionDays).to.be.a('string');
  });

  it('leaves a boolean without a range, whatever was typed before', () => {
    const made = typeOf({
      ...draftOfType(PRESS),
      sensors: [sensor({ dataType: 'boolean', minimum: '3', maximum: '1' })],
    });
    expect(made).to.have.nested.property('definition.sensors[0].minimum', null);
  });

  it('says what is wrong with a name, a description and the list', () => {
    expect(errorsOf({ name: 'Press 1' })?.name).to.contain('a-z');
    expect(errorsOf({ description: ' ' })?.description).to.equal('A description is needed.');
    expect(errorsOf({ sensors: [] })?.sensors).to.equal('A type has at least one sensor.');
    expect(errorsOf({ sensors: [sensor({}), sensor({})] })?.sensors).to.contain('twice');
  });

  it('says at each sensor what is wrong with it', () => {
    expect(rowError(sensor({ name: '' }))).to.equal('Choose a sensor.');
    expect(rowError(sensor({}), sensor({ name: 'flow', minimum: '5', maximum: '4' }))).to.contain('below');
    expect(rowError(sensor({ dataType: 'integer', minimum: '0.5' }))).to.contain('integer');
    expect(rowError(sensor({ minimum: 'x' }))).to.equal('The minimum is no number.');
    expect(rowError(sensor({ maximum: 'x' }))).to.not.equal(undefined);
  });
});
