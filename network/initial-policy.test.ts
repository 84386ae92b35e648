import { expect } from 'chai';

import { DEFAULT_RULES } from '../chaincode/protocol/policy/default-rules.ts';
import { BiotError } from '../chaincode/protocol/errors.ts';
import type { Rule } from '../chaincode/protocol/policy/rule.ts';
import { beginPolicy } from './initial-policy.ts';

describe('the rules to begin with', () => {
  /** A channel's rules, read by an administrator. @param others rules that are there, and forbid it */
  function channel(rules: readonly Rule[], others: readonly Rule[] = []) {
    let current = [...rules];
    const committed = { transaction: 'a'.repeat(64), block: 7 };
    return {
      rules: () =>
        current.length > 0
          ? Promise.resolve(current)
          : Promise.reject(new BiotError('FORBIDDEN', 'no rule allows it')),
      initialise() {
        if (others.length === 0) current = [...DEFAULT_RULES];
        return Promise.resolve({ rules: [...current, ...others], ...committed });
      },
    };
  }

  async function begun(policy: ReturnType<typeof channel>): Promise<[boolean, number[]]> {
    const awaited: number[] = [];
    const first = await beginPolicy(policy, (block) => {
      awaited.push(block);
      return Promise.resolve();
    });
    return [first, awaited];
  }

  it('are given to a channel that has none, and awaited', async () => {
    expect(await begun(channel([]))).to.deep.equal([true, [7]]);
  });

  it('are given to no channel that has rules, and not said to be, also where nobody may read them', async () => {
    expect(await begun(channel(DEFAULT_RULES))).to.deep.equal([false, []]);
    expect(await begun(channel([], DEFAULT_RULES))).to.deep.equal([false, [7]]);
  });
});
