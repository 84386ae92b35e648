import { expect } from 'chai';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

import {
  type Command,
  type CommandDraft,
  COMMANDS_EVENT,
  commandsEventSchema,
  commandSchema,
} from '../../chaincode/protocol/command/command.ts';
import { commandLedger } from '../../network/ledger/commands.ts';
import { registryLedger } from '../../network/ledger/registry.ts';
import { generateKeyPair, publicKeyPem } from '../../network/pki/keys.ts';
import { DEMO_COMMANDS } from '../../scripts/platform/demo-commands.ts';
import { codeOf } from '../harness/failure.ts';
import { lastJson, runScript, testHome } from '../harness/instance.ts';
import { everywhere, membersOf } from '../harness/members.ts';
import { TENANT } from '../harness/test-device.ts';

const TYPE = 'climate';
const FLEET = 120;

describe('commands on the ledger of a running consortium', function () {
  this.timeout(120_000);
  const home = testHome();
  const members = membersOf(home);
  const operator = commandLedger(members.as('operator@operator'));
  const admin = commandLedger(members.as('admin@operator'));
  const prefix = `hall-${randomBytes(4).toString('hex')}`;
  const fleet = Array.from({ length: FLEET }, (_, index) => `${prefix}-${String(index).padStart(3, '0')}`);
  const [first = ''] = fleet;

  before(async () => {
    const registry = registryLedger(members.as('admin@operator'));
    await registry.register(
      fleet.map((id) => ({
        ...{ id, tenant: TENANT, type: TYPE },
        publicKey: publicKeyPem(generateKeyPair().publicKey),
      })),
    );
    await everywhere(members, registry.activateAll(fleet, 'made for a test'));
  });

  after(() => {
    members.close();
  });

  function draft(devices: string[], fields: Partial<CommandDraft> = {}): CommandDraft {
    return {
      id: randomUUID(),
      name: 'identify',
      devices,
      group: null,
      parameters: { seconds: 5 },
      ...fields,
    };
  }

  async function issueOne(drafted: CommandDraft): Promise<{ command: Command; block: number }> {
    const { outcomes, block } = await everywhere(members, operator.issue([drafted]));
    const command = z.tuple([z.object({ command: commandSchema })]).parse(outcomes)[0].command;
    return { command, block };
  }

  /** What the block's transactions told the channel about commands. */
  async function toldIn(block: number): Promise<Command[]> {
    const stop = new AbortController();
    for await (const { transactions } of members
      .as('auditor@auditor')
      .blocks('registry', { from: block, signal: stop.signal })) {
      return transactions.flatMap(({ event, valid }) =>
        valid && event?.name === COMMANDS_EVENT
          ? commandsEventSchema.parse(JSON.parse(Buffer.from(event.payload).toString())).commands
          : [],
      );
    }
    return [];
  }

  it('have the demo’s catalogue, everybody to read', async () => {
    const entries = await commandLedger(members.as('auditor@auditor')).catalogue(TYPE);
    const names = DEMO_COMMANDS.filter(({ type }) => type === TYPE).map(({ name }) => name);
    expect(entries.map(({ name }) => name)).to.deep.equal(names.sort());
  });

  it('are one transaction to a whole fleet, of which the channel is told', async () => {
    const { command, block } = await issueOne(draft(fleet));
    expect(command).to.deep.include({ state: 'queued', devices: fleet, type: TYPE, tenant: TENANT });
    expect(await toldIn(block)).to.deep.equal([command]);
    expect(await admin.get(command.id)).to.deep.equal(command);
  });

  it('are the same when they are sent again', async () => {
    const drafted = draft([first]);
    const { command } = await issueOne(drafted);
    const again = await issueOne(drafted);
    expect(again.command).to.deep.equal(command);
    expect(await toldIn(again.block)).to.deep.equal([]);
  });

  it('come together, each with its own outcome', async () => {
    const drafts = fleet.slice(0, 98).map((id) => draft([id]));
    const { outcomes, block } = await operator.issue([
      ...drafts,
      draft(['nobody']),
      draft([first], { parameters: { seconds: 61 } }),
    ]);
    const codes = outcomes.map((outcome) => ('problem' in outcome ? outcome.problem.code : 'issued'));
    expect(codes).to.deep.equal([...drafts.map(() => 'issued'), 'DEVICE_UNKNOWN', 'PARAMETERS_INVALID']);
    expect((await toldIn(block)).map(({ id }) => id)).to.have.members(drafts.map(({ id }) => id));
  });

  it('are approved by a second person of the organisation, and by nobody else', async () => {
    const { command } = await issueOne(draft([first], { name: 'restart', parameters: {} }));
    expect(command.state).to.equal('pending approval');
    expect(await codeOf(operator.approve(command.id))).to.equal('FORBIDDEN');
    const manufacturer = commandLedger(members.as('admin@manufacturer'));
    expect(await codeOf(manufacturer.approve(command.id))).to.equal('FORBIDDEN');
    const approved = await admin.approve(command.id);
    expect(approved.command).to.deep.include({ state: 'queued' });
    expect(approved.command.decided?.name).to.equal('admin@operator');
    expect(await toldIn(approved.block)).to.deep.equal([approved.command]);
    const cancelled = await operator.cancel(command.id, 'not needed');
    expect(cancelled.command).to.deep.include({ state: 'cancelled', reason: 'not needed' });
  });

  it('are sent by their devices’ organisation, and by no service', async () => {
    for (const other of ['admin@manufacturer', 'auditor@auditor', 'gateway@operator', 'ingest-1@operator']) {
      const code = await codeOf(commandLedger(members.as(other)).issue([draft([first])]));
      expect(code, other).to.equal('FORBIDDEN');
    }
  });

  it('are issued and approved with keys that no gateway has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'biot-commands-'));
    const drafted = draft([first], { name: 'restart', parameters: {} });
    const file = join(folder, 'commands.json');
    writeFileSync(file, JSON.stringify([drafted]));
    const as = (member: string): string[] => [
      ...[
        '--key',
        home.path('members', member, 'key.pem'),
        '--cert',
        home.path('members', member, 'cert.pem'),
      ],
      ...['--yes', '--json'],
    ];
    try {
      const issued = await runScript('sign', ...as('operator@operator'), 'command', 'issue', file);
      expect(issued.code, issued.error).to.equal(0);
      const approved = await runScript('sign', ...as('admin@operator'), 'command', 'approve', drafted.id);
      expect(approved.code, approved.error).to.equal(0);
      const { result } = lastJson(approved.out, z.object({ result: commandSchema }));
      expect(result.state).to.equal('queued');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
