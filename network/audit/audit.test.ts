import { common, peer } from '@hyperledger/fabric-protos';
import { expect } from 'chai';
import fc from 'fast-check';
import { ORGANISATION_NAMES } from '../home/organisations.ts';
import { AGREED, ALL, auditOf, peersWith, verdicts } from './audit.fixture.ts';
import type { Scope } from './case.ts';
import { type Twist, witnessOf, World } from './world.fixture.ts';

/** Whether two protobuf texts differ only in fields that nobody knows. */
function saysTheSame(name: string, answer: Uint8Array, lie: Uint8Array): boolean {
  const type = {
    GetChainInfo: common.BlockchainInfo,
    GetBlockByNumber: common.Block,
    QueryChaincodeDefinition: peer.lifecycle.QueryChaincodeDefinitionResult,
  }[name];
  if (type === undefined) return false;
  const meaning = (bytes: Uint8Array): string => JSON.stringify(type.deserializeBinary(bytes).toObject());
  try {
    return meaning(answer) === meaning(lie);
  } catch {
    return false;
  }
}

describe('an audit of peers', () => {
  it('finds nothing when all say the same', async () => {
    const report = await auditOf(peersWith('auditor', (_, answer) => answer));
    expect(verdicts(report)).to.deep.equal(AGREED);
    expect([report.ok, report.findings, report.asked.blocks]).to.deep.equal([true, [], 12]);
    expect(report.peers[0]?.heights).to.deep.equal({ registry: 6, anchors: 6 });
  });

  const FUNCTIONS = [
    'GetChainInfo',
    'GetBlockByNumber',
    'QueryChaincodeDefinition',
    'PolicyContract:List',
    'TypeContract:List',
    'CommandContract:Catalogue',
    'FirmwareContract:List',
    'FirmwareContract:VendorKeys',
    'RolloutContract:List',
    'DeviceContract:List',
    'DeviceContract:Get',
    'AnchorContract:Logs',
    'AnchorContract:Checkpoint',
  ];

  it('names any single liar among three, whatever it lies about, and no other', async function () {
    this.timeout(60_000);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...ORGANISATION_NAMES),
        fc.constantFrom(...FUNCTIONS),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (liar, about, place, flipped) => {
          let meansNothing = false;
          const report = await auditOf(
            peersWith(liar, (question, answer) => {
              if (question.function !== about) return answer;
              const lie = Uint8Array.from(answer);
              lie[place % lie.length]! ^= flipped;
              meansNothing ||= saysTheSame(about, answer, lie);
              return lie;
            }),
          );
          fc.pre(!meansNothing);
          const { [liar]: verdict, ...others } = verdicts(report);
          // Lower heights than it has are no lie that can be told from a lag; it is named all the same.
          expect(verdict).to.be.oneOf(about === 'GetChainInfo' ? ['lies', 'lags'] : ['lies']);
          expect(Object.values(others)).to.deep.equal(['agrees', 'agrees']);
          expect(report.ok).to.equal(false);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('says what the lie was about, what was said and what the others say', async () => {
    const report = await auditOf(
      peersWith('operator', ({ args }, answer) =>
        args[0] === 'press-03' ? Buffer.from('{"id":"press-03","status":"revoked"}') : answer,
      ),
    );
    expect(report.findings).to.deep.equal([
      {
        kind: 'lies',
        peer: 'operator',
        channel: 'registry',
        subject: 'device press-03',
        what: 'differs from the majority in one value',
        differences: [{ field: 'status', says: '"revoked"', others: '"active"' }],
      },
    ]);
  });

  it('compares releases, vendors’ keys and every rollout, also those of a list’s later pages', async () => {
    const last = new World().rollouts.at(-1)?.id ?? '';
    const lies: [string, string, string][] = [
      ['FirmwareContract:List', '"state":"approved"', 'the releases of firmware'],
      ['FirmwareContract:VendorKeys', '"state":"active"', 'the vendors’ keys'],
      ['RolloutContract:List', `"id":"${last}","state":"running"`, 'the rollouts from '],
    ];
    for (const [about, said, subject] of lies) {
      const report = await auditOf(
        peersWith('operator', ({ function: name }, answer) =>
          name === about
            ? Buffer.from(
                Buffer.from(answer)
                  .toString()
                  .replace(said, said.replace(/"state":"\w+"/, '"state":"other"')),
              )
            : answer,
        ),
      );
      expect(verdicts(report)).to.deep.equal({ ...AGREED, operator: 'lies' });
      expect(report.findings.map((finding) => finding.subject)).to.have.length(1);
      expect(report.findings[0]?.subject).to.match(new RegExp(`^${subject}`));
      expect(report.findings[0]?.differences[0]).to.include({ says: '"other"' });
    }
  });

  it('goes on when a peer ends the list of rollouts early, and ends when one never does', async () => {
    const ending: Twist = ({ function: name }, answer) =>
      name === 'RolloutContract:List' ? Buffer.from('{"rollouts":[],"bookmark":""}') : answer;
    const early = await auditOf(peersWith('operator', ending));
    expect(verdicts(early)).to.deep.equal({ ...AGREED, operator: 'lies' });
    expect(early.findings.map(({ subject }) => subject)).to.have.length(2);

    let pages = 0;
    const endless: Twist = ({ function: name }, answer) => {
      if (name !== 'RolloutContract:List') return answer;
      pages += 1;
      const bookmark = `ffffffff-ffff-4fff-8fff-${String(pages).padStart(12, '0')}`;
      return Buffer.from(JSON.stringify({ rollouts: [], bookmark }));
    };
    const scope: Scope = { ...ALL, patienceMs: 0 };
    const report = await auditOf(peersWith('operator', endless), { scope });
    expect(verdicts(report)).to.deep.equal({ ...AGREED, operator: 'lies' });
    expect(pages).to.be.lessThan(200);
  });

  it('holds against a peer what contradicts itself, also when nobody else answers', async () => {
    const world = new World();
    const swapped: Twist = (question, answer) =>
      question.function === 'GetBlockByNumber' && question.args[1] === '3'
        ? world.answer({ ...question, args: [question.channel, '2'] })
        : answer;
    const report = await auditOf([witnessOf(world, 'operator', { twist: swapped })]);
    expect(verdicts(report)).to.deep.equal({ operator: 'lies' });
    expect(report.findings.map(({ what }) => what)).to.include('contradicts itself: it is block 2');
  });

  it('names who does not sign, refuses what others answer, or does not answer', async () => {
    const cases: [ReturnType<Twist>, string][] = [
      [{ kind: 'unsigned' }, 'lies'],
      [{ kind: 'refusal', text: 'DEVICE_UNKNOWN: no such device' }, 'lies'],
      [{ kind: 'silence', reason: 'did not answer' }, 'silent'],
    ];
    for (const [testimony, verdict] of cases) {
      const report = await auditOf(
        peersWith('manufacturer', ({ function: name }, answer) =>
          name === 'DeviceContract:Get' ? testimony : answer,
        ),
      );
      expect(verdicts(report)).to.deep.equal({ ...AGREED, manufacturer: verdict });
    }
  });

  it('asks one that answers nothing no further, and compares the others', async () => {
    let asked = 0;
    const report = await auditOf(
      peersWith('auditor', () => {
        asked += 1;
        return { kind: 'silence', reason: 'gone' };
      }),
    );
    expect(verdicts(report)).to.deep.equal({ ...AGREED, auditor: 'silent' });
    expect(asked).to.be.lessThan(6);
    expect(report.asked.answers).to.be.greaterThan(5);
  });

  it('waits for a peer that is behind, and does not call what it said meanwhile a lie', async () => {
    const world = new World(6);
    let height = 1;
    const witnesses = ORGANISATION_NAMES.map((name) =>
      witnessOf(world, name, name === 'auditor' ? { height: () => height } : {}),
    );
    const report = await auditOf(witnesses, { onPause: () => (height += 0.5) });
    expect([report.ok, verdicts(report)]).to.deep.equal([true, AGREED]);
    expect(report.findings.map(({ kind, peer }) => [kind, peer])).to.deep.include(['caught-up', 'auditor']);
  });

  it('names a peer that stays behind, compares the blocks it has, and not its older state', async () => {
    const world = new World(6);
    const old = new World(6);
    old.devices[2]!.status = 'suspended';
    const witnesses = ORGANISATION_NAMES.map((name) =>
      name === 'auditor' ? witnessOf(old, name, { height: () => 4 }) : witnessOf(world, name),
    );
    const report = await auditOf(witnesses);
    expect(verdicts(report)).to.deep.equal({ ...AGREED, auditor: 'lags' });
    expect(report.findings.map(({ kind, channel }) => `${kind} ${channel ?? ''}`)).to.have.members([
      'lags registry',
      'lags anchors',
    ]);
  });

  it('accuses nobody who fell behind only while it was asked', async () => {
    const world = new World(6);
    const old = new World(6);
    old.devices[2]!.status = 'suspended';
    const isState: Twist = (question, answer) => {
      if (question.function === 'DeviceContract:Get') world.addBlock('registry');
      return answer;
    };
    const witnesses = [
      witnessOf(world, 'manufacturer', { twist: isState }),
      witnessOf(world, 'operator'),
      witnessOf(old, 'auditor'),
    ];
    const report = await auditOf(witnesses);
    expect(verdicts(report)).to.deep.equal({ ...AGREED, auditor: 'lags' });
  });

  it('waits until a change has come to all peers', async () => {
    const world = new World();
    const late = new World();
    world.logs[0]!.size = 4;
    const witnesses = ORGANISATION_NAMES.map((name) => witnessOf(name === 'auditor' ? late : world, name));
    const report = await auditOf(witnesses, { onPause: () => (late.logs[0]!.size = 4) });
    expect([report.ok, report.findings]).to.deep.equal([true, []]);
  });

  it('says that peers disagree when there is no majority', async () => {
    const different = (size: number): World => {
      const world = new World();
      world.logs[0]!.size = size;
      return world;
    };
    const report = await auditOf(ORGANISATION_NAMES.map((name, index) => witnessOf(different(index), name)));
    expect(verdicts(report)).to.deep.equal({
      manufacturer: 'disagrees',
      operator: 'disagrees',
      auditor: 'disagrees',
    });
  });

  it('asks for samples when it is told to, and for others another time', async () => {
    const world = new World(40);
    const numbers = new Set<string>();
    const listening: Twist = ({ function: name, args }, answer) => {
      if (name === 'GetBlockByNumber') numbers.add(args[1] ?? '');
      return answer;
    };
    const scope: Scope = { ...ALL, blocks: 3, devices: 2 };
    for (let times = 0; times < 12; times += 1) {
      const before = numbers.size;
      const report = await auditOf(peersWith('operator', listening, world), { scope });
      expect(report.ok).to.equal(true);
      expect(report.asked.blocks).to.be.lessThan(15);
      if (times === 0) expect([...numbers]).to.include.members(['0', '37', '38', '39']);
      else if (numbers.size > before) return;
    }
    throw new Error('always the same blocks');
  });
});
