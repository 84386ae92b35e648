import { expect } from 'chai';

import {
  type DeviceType,
  type TypeDefinition,
  typeSchema,
  typesEventSchema,
} from '../../chaincode/protocol/device-type.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { type Committed, TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { deny, put } from './harness/policies.ts';
import { typeDefinition } from './harness/types.ts';

const TEMPERATURE = typeDefinition('any').sensors[0]!;
const HUMIDITY = { ...TEMPERATURE, name: 'humidity', unit: '%', minimum: 0, maximum: 100 } as const;

describe('TypeContract', () => {
  let channel: TestChannel;
  let manufacturer: Credentials;
  let operator: Credentials;

  beforeEach(async () => {
    channel = await TestChannel.begin('registry');
    [manufacturer, operator] = [
      await enrolRole('manufacturer', 'admin'),
      await enrolRole('operator', 'admin'),
    ];
  });

  function submitPut(definition: unknown, by = manufacturer): Promise<Committed> {
    return channel.submit(by, 'TypeContract:Put', JSON.stringify(definition));
  }

  async function refusedPut(definition: unknown, by = manufacturer): Promise<ErrorCode> {
    return (await channel.refusal(by, 'TypeContract:Put', JSON.stringify(definition))).code;
  }

  async function get(name: string): Promise<DeviceType> {
    return typeSchema.parse(await channel.evaluate(operator, 'TypeContract:Get', name));
  }

  async function list(): Promise<DeviceType[]> {
    return typeSchema.array().parse(await channel.evaluate(operator, 'TypeContract:List'));
  }

  it('writes a type with whose it is, and tells the channel', async () => {
    const definition = typeDefinition('thermometer');
    const { result, event, transaction, writes } = await submitPut(definition);
    const type = typeSchema.parse(result);
    expect(type).to.deep.equal({
      ...definition,
      org: 'ManufacturerMSP',
      version: 1,
      updatedAt: '2026-01-01T00:00:02.000Z',
      by: 'admin@manufacturer',
      transaction,
    });
    expect(event?.name).to.equal('types');
    expect(typesEventSchema.parse(event?.payload)).to.deep.equal({ types: [type] });
    expect(writes).to.have.length(1);
    expect(await get('thermometer')).to.deep.equal(type);
  });

  it('counts the versions of what is changed, and changes nothing for what is the same', async () => {
    const first = typeDefinition('climate', { sensors: [TEMPERATURE, HUMIDITY] });
    await submitPut(first);
    const before = await get('climate');
    const same: TypeDefinition = { ...first, sensors: [HUMIDITY, TEMPERATURE], description: ' of a test ' };
    const { result, event, writes } = await submitPut(same);
    expect({ result, event, writes }).to.deep.equal({ result: before, event: undefined, writes: [] });
    await submitPut({ ...first, sensors: [HUMIDITY] });
    expect(await get('climate')).to.deep.include({ version: 2, sensors: [HUMIDITY] });
  });

  it('has for how long readings are kept, which is another version each time', async () => {
    const keeps = typeDefinition('climate', { retentionDays: 30 });
    await submitPut(keeps);
    expect((await submitPut(keeps)).writes).to.deep.equal([]);
    expect(await get('climate')).to.include({ version: 1, retentionDays: 30 });
    await submitPut(typeDefinition('climate'));
    expect(await get('climate'))
      .to.include({ version: 2 })
      .and.not.have.property('retentionDays');
    expect(await refusedPut({ ...keeps, retentionDays: 0 })).to.equal('INVALID_ARGUMENT');
  });

  it('leaves a type to the organisation that put it first', async () => {
    await submitPut(typeDefinition('thermometer'));
    const other = typeDefinition('thermometer', { description: 'ours now' });
    expect(await refusedPut(other, operator)).to.equal('FORBIDDEN');
    expect(await refusedPut(typeDefinition('thermometer'), operator)).to.equal('FORBIDDEN');
    await submitPut(typeDefinition('hygrometer', { sensors: [HUMIDITY] }), operator);
    expect((await list()).map(({ name, org }) => [name, org])).to.deep.equal([
      ['hygrometer', 'OperatorMSP'],
      ['thermometer', 'ManufacturerMSP'],
    ]);
  });

  it('lets one of two organisations win that put a name at the same time', async () => {
    const definition = JSON.stringify(typeDefinition('thermometer'));
    const calls = [operator, manufacturer].map((by) => channel.prepare(by, 'TypeContract:Put', definition));
    const endorsements = await Promise.all(calls.map((call) => channel.endorse(call)));
    const valid = calls.map((call, index) => channel.commit(call, endorsements[index]!));
    expect(valid).to.deep.equal([true, false]);
    expect((await get('thermometer')).org).to.equal('OperatorMSP');
  });

  for (const [what, changes] of Object.entries({
    'a name with a slash': { name: 'a/b' },
    'a name with a NUL, which separates composite keys': { name: 'a\u0000b' },
    'a unit that is not the sensor’s': { sensors: [{ ...TEMPERATURE, unit: 'K' }] },
    'no sensors': { sensors: [] },
    'the word of the caller about whose it is': { org: 'OperatorMSP' },
  })) {
    it(`refuses ${what}`, async () => {
      expect(await refusedPut({ ...typeDefinition('thermometer'), ...changes })).to.equal('INVALID_ARGUMENT');
    });
  }

  it('knows no type that nobody put', async () => {
    expect((await channel.refusal(operator, 'TypeContract:Get', 'mood')).code).to.equal('TYPE_UNKNOWN');
    expect(await list()).to.deep.equal([]);
  });

  it('asks the rules about each type by itself', async () => {
    await submitPut(typeDefinition('thermometer'));
    await submitPut(typeDefinition('secret'));
    const rule = deny('hidden', {
      who: { roles: ['admin'] },
      actions: ['type:read', 'type:put'],
      what: { types: ['secret'] },
    });
    await channel.submit(operator, 'PolicyContract:Propose', JSON.stringify(put(rule)), 'because', '');
    expect((await list()).map(({ name }) => name)).to.deep.equal(['thermometer']);
    expect((await channel.refusal(operator, 'TypeContract:Get', 'secret')).code).to.equal('FORBIDDEN');
    expect(await refusedPut(typeDefinition('secret', { description: 'another' }))).to.equal('FORBIDDEN');
  });
});
