import { expect } from 'chai';

import { MemberDirectory } from './member-directory.ts';
import { memberOf, testConsortium } from './testing/members.ts';

const DAY = 86_400_000;

describe('the directory of members', () => {
  it('lists whose certificate has expired, and counts on none of them', async () => {
    const consortium = await testConsortium();
    const person = await memberOf(consortium.operator, 'operator@operator', 'operator');
    let now = Date.now();
    const directory = new MemberDirectory({
      people: () => Promise.resolve([person]),
      authorities: consortium.authorities,
      anchors: { logs: () => Promise.resolve([]) },
      clock: () => now,
    });
    const seen = async () => ({
      entries: (await directory.entries('*')).map(({ subject, current }) => [subject.name, current]),
      members: (await directory.members('*')).map(({ name }) => name),
    });
    expect(await seen()).to.deep.equal({
      entries: [['operator@operator', true]],
      members: ['operator@operator'],
    });
    now += 40 * DAY;
    expect(await seen()).to.deep.equal({ entries: [['operator@operator', false]], members: [] });
  });
});
