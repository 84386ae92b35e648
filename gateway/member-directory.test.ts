import { expect } from 'chai';

import { MemberDirectory } from './member-directory.ts';
import { memberOf, testConsortium } from './testing/members.ts';

const DAY = 86_400_000;

describe('the directory of members', () => {
  it('knows the writers of logs by the organisations that the consortium has, not only the first ones', async () => {
    const { authorities } = await testConsortium();
    const checkpoint = { size: 1, root: '', head: '' };
    const directory = new MemberDirectory({
      people: () => Promise.resolve([]),
      organisations: { authorities: [...authorities, { mspId: 'HospitalMSP', certificate: '' }] },
      anchors: {
        logs: () => Promise.resolve(['w@hospital', 'w@nowhere'].map((logId) => ({ logId, ...checkpoint }))),
      },
      clock: Date.now,
    });
    const found = (await directory.members('*')).map(({ name, org }) => [name, org]);
    expect(found).to.deep.equal([['w@hospital', 'HospitalMSP']]);
  });

  it('lists whose certificate has expired, and counts on none of them', async () => {
    const consortium = await testConsortium();
    const person = await memberOf(consortium.operator, 'operator@operator', 'operator');
    let now = Date.now();
    const directory = new MemberDirectory({
      people: () => Promise.resolve([person]),
      organisations: consortium,
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
