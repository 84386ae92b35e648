import { expect } from 'chai';

import { ROLES } from '../../chaincode/protocol/policy/actions.ts';
import { HOSTILE_NAMES } from '../../chaincode/protocol/testing/hostile-names.ts';
import { argumentsOf, OWNER, prepared, prepareWorld, STRANGER, type World } from './harness/calls.ts';
import { changingParameters, offeredTransactions } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';

/** What people may write as they like, up to a length, and whom a question is about: neither is part of a key. */
const FREE: ReadonlySet<string> = new Set(['reason', 'description', 'notes', 'unit', 'subject']);

/** The arguments, each time with another string in them replaced by the name; what was replaced comes with them. */
function* poisoned(
  args: readonly string[],
  parameters: readonly string[],
  name: string,
): Generator<[replaced: string, args: string[]]> {
  for (const [index, argument] of args.entries()) {
    if (argument === '' || FREE.has(parameters[index] ?? '')) continue;
    if (!/^[[{]/.test(argument)) yield [argument, args.with(index, name)];
    else {
      for (const [replaced, value] of poisonedValues(JSON.parse(argument), name))
        yield [replaced, args.with(index, JSON.stringify(value))];
    }
  }
}

function* poisonedValues(value: unknown, name: string): Generator<[replaced: string, value: unknown]> {
  if (typeof value === 'string') yield [value, name];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    if (FREE.has(key)) continue;
    for (const [replaced, changed] of poisonedValues(inner, name))
      yield [
        replaced,
        Array.isArray(value) ? value.with(Number(key), changed) : { ...value, [key]: changed },
      ];
  }
}

describe('a name that could be read as another', () => {
  let world: World;
  before(async () => {
    world = await prepareWorld();
  });

  /** Somebody whom the call, as it should be, is granted to. */
  async function callerOf(transaction: string): Promise<Credentials> {
    const { channel, proposal } = world;
    const args = argumentsOf(transaction, proposal);
    for (const organisation of [OWNER, STRANGER] as const) {
      for (const role of ROLES) {
        const caller = await enrolRole(organisation, role);
        const { status } = await channel.endorse(prepared(channel, caller, { name: transaction, args }));
        if (status === 200) return caller;
      }
    }
    throw new Error(`nobody may call ${transaction}`);
  }

  for (const transaction of offeredTransactions()) {
    it(`is taken nowhere by ${transaction}`, async () => {
      const { channel, proposal } = world;
      const caller = await callerOf(transaction);
      const parameters = changingParameters(transaction) ?? [];
      for (const [what, name] of Object.entries(HOSTILE_NAMES)) {
        for (const [replaced, args] of poisoned(argumentsOf(transaction, proposal), parameters, name)) {
          const { code } = await channel.refusalOf(prepared(channel, caller, { name: transaction, args }));
          const expected = replaced.includes('PUBLIC KEY') ? 'KEY_INVALID' : 'INVALID_ARGUMENT';
          expect(code, `${what}, for ${replaced}`).to.equal(expected);
        }
      }
    });
  }
});
