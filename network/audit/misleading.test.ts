import { expect } from 'chai';
import { byLot } from '../../chaincode/protocol/device-lot.ts';
import { AGREED, ALL, auditOf, peersThat, peersWith, verdicts } from './audit.fixture.ts';
import { reportSchema } from './report.ts';
import { altering, bookmarking, type Twist, World } from './world.fixture.ts';

describe('an audit that a peer wants to lead astray', () => {
  it('comes to every device, also where the ledger’s order is not that of the letters', async () => {
    const ids = [
      ...Array.from({ length: 492 }, (_, index) => `oven-${String(index).padStart(3, '0')}`),
      ...Array.from({ length: 700 }, (_, index) => `press-${index + 1}`),
    ].sort(byLot);
    const world = new World();
    world.devices = ids.map((id) => ({ id, status: 'active' }));
    const report = await auditOf(peersWith('operator', altering(ids.at(-1)!), world));
    expect(verdicts(report)).to.deep.equal({ ...AGREED, operator: 'lies' });
    const pages = report.findings
      .map(({ subject }) => subject)
      .filter((subject) => subject.endsWith('devices'));
    expect(pages).to.deep.equal([`the 500 devices from ${ids[1_000]} on, of all devices`]);
  });

  it('names who altered what is on the pages that another liar leaps over', async () => {
    const world = new World();
    const id = world.rollouts.at(-1)!.id;
    const leaping = bookmarking(() => 'ffffffff-ffff-4fff-8fff-ffffffffffff');
    const operator: Twist = (question, answer) =>
      question.function === 'RolloutContract:List' ? leaping(question, answer) : answer;
    const report = await auditOf(peersThat({ operator, auditor: altering(id) }, world));
    const named = report.findings.filter(({ differences }) =>
      differences.some(({ field, says }) => field === `rollouts.${id}.state` && says === '"altered"'),
    );
    expect([...new Set(named.map(({ peer }) => peer))])
      .to.include('auditor')
      .and.not.include('manufacturer');
  });

  it('draws of every peer’s devices, however many another makes up', async () => {
    const world = new World();
    const made = Array.from({ length: 2_000 }, (_, index) => ({ id: `made-${index}`, status: 'active' }));
    const flooding: Twist = ({ function: name }, answer) =>
      name === 'DeviceContract:List' ? Buffer.from(JSON.stringify({ devices: made, bookmark: '' })) : answer;
    const asked = new Set<string>();
    const listening: Twist = ({ function: name, args }, answer) => {
      if (name === 'DeviceContract:Get') asked.add(args[0] ?? '');
      return answer;
    };
    await auditOf(peersThat({ manufacturer: flooding, operator: listening }, world), {
      scope: { ...ALL, devices: 7 },
    });
    expect([...asked]).to.include.members(world.devices.map(({ id }) => id));
    expect(asked.size).to.equal(14);
  });

  it('comes to its end when a peer names its values as every object does', async () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      const report = await auditOf(
        peersWith('operator', ({ function: about }, answer) =>
          about === 'TypeContract:List' ? Buffer.from(`{"${name}":1}`) : answer,
        ),
      );
      expect(verdicts(report)).to.deep.equal({ ...AGREED, operator: 'lies' });
      expect(reportSchema.parse(JSON.parse(JSON.stringify(report))).findings[0]?.differences).to.deep.include(
        {
          ...{ field: name, says: '1', others: null },
        },
      );
    }
  });
});
