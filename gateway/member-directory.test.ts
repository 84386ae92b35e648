import { expect } from 'chai';

import { X509Certificate } from '../network/pki/x509.ts';
import { MemberDirectory } from './member-directory.ts';
import { memberOf, testConsortium } from './testing/members.ts';

const DAY = 86_400_000;

describe('the directory of members', () => {
  it('knows the writers of logs by the organisations that the consortium has, not only the first ones', async () => {
    const { authorities } = await testConsortium();
    const checkpoint = { size: 1, root: '', head: '' };
    const directory = new MemberDirectory({
      people: () => Promise.resolve([]),
      issued: () => [],
      organisations: { authorities: [...authorities, { mspId: 'HospitalMSP', certificate: '' }] },
      anchors: {
        logs: () => Promise.resolve(['w@hospital', 'w@nowhere'].map((logId) => ({ logId, ...checkpoint }))),
      },
      clock: Date.now,
    });
    const found = (await directory.entries('*')).map(({ subject: { name, org } }) => [name, org]);
    expect(found).to.deep.equal([['w@hospital', 'HospitalMSP']]);
  });

  it('counts on the platform’s services, each once, whether or not a log tells of them', async () => {
    const { authorities } = await testConsortium();
    const written = { logId: 'ingest-1@operator', size: 1, root: '', head: '' };
    for (const logs of [[], [written]]) {
      const directory = new MemberDirectory({
        people: () => Promise.resolve([]),
        issued: () => [],
        organisations: { authorities },
        anchors: { logs: () => Promise.resolve(logs) },
        clock: Date.now,
      });
      expect((await directory.members('*')).map(({ name, role }) => [name, role])).to.deep.equal([
        ['gateway@operator', 'gateway'],
        ['guard@operator', 'guard'],
        ['ingest-1@operator', 'ingest'],
      ]);
    }
  });

  it('lists whose certificate has expired, and counts on none of them', async () => {
    const consortium = await testConsortium();
    const person = await memberOf(consortium.operator, 'operator@operator', 'operator');
    let now = Date.now();
    const directory = new MemberDirectory({
      people: () => Promise.resolve([person]),
      issued: () => [],
      organisations: consortium,
      anchors: { logs: () => Promise.resolve([]) },
      clock: () => now,
    });
    const seen = async () => ({
      entries: (await directory.entries('*')).map(({ subject, current }) => [subject.name, current]),
      members: (await directory.members('*'))
        .filter(({ role }) => role === 'operator')
        .map(({ name }) => name),
    });
    expect(await seen()).to.deep.equal({
      entries: [['operator@operator', true]],
      members: ['operator@operator'],
    });
    now += 40 * DAY;
    expect(await seen()).to.deep.equal({ entries: [['operator@operator', false]], members: [] });
  });

  it('lists also who has the key elsewhere, by the last certificate that the ledger takes', async () => {
    const { operator, auditor, authorities } = await testConsortium();
    const olga = async (tenants: string) => memberOf(operator, 'olga@operator', 'admin', tenants);
    const [first, second, revoked] = [await olga('acme'), await olga('acme,umbrella'), await olga('*')];
    const signsIn = await memberOf(operator, 'operator@operator', 'operator');
    const formerly = await memberOf(operator, 'operator@operator', 'admin');
    const stranger = await memberOf(auditor, 'eve@operator', 'admin');
    const lists = new Set([new X509Certificate(revoked.certificate).serialNumber]);
    let now = Date.now();
    const directory = new MemberDirectory({
      people: () => Promise.resolve([signsIn]),
      issued: () => [first, second, revoked, formerly, stranger],
      organisations: { authorities: authorities.map((known) => ({ ...known, revoked: lists })) },
      anchors: { logs: () => Promise.resolve([]) },
      clock: () => now,
    });
    const entries = async () =>
      (await directory.entries('*')).map(({ subject, signsIn: here }) => [
        subject.name,
        subject.role,
        subject.tenants,
        here,
      ]);
    expect(await entries()).to.deep.equal([
      ['olga@operator', 'admin', ['acme', 'umbrella'], false],
      ['operator@operator', 'operator', '*', true],
    ]);
    now += 40 * DAY;
    expect(await entries(), 'what has ended is of no use elsewhere').to.deep.equal([
      ['operator@operator', 'operator', '*', true],
    ]);
  });
});
