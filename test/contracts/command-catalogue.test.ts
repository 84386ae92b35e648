import { expect } from 'chai';

import { type CatalogueEntry, catalogueEntrySchema } from '../../chaincode/protocol/command/definition.ts';
import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import { HOSTILE_NAMES } from '../../chaincode/protocol/testing/hostile-names.ts';
import { Commands, definition, draft } from './harness/commands.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { deny, put } from './harness/policies.ts';
import { adminFor } from './harness/tenants.ts';

describe('the catalogue of commands', () => {
  let commands: Commands;
  let foreign: Credentials;

  beforeEach(async () => {
    commands = await Commands.open();
    foreign = await enrolRole('operator', 'admin');
  });

  async function catalogue(type = '', by = foreign): Promise<CatalogueEntry[]> {
    return catalogueEntrySchema
      .array()
      .parse(await commands.channel.evaluate(by, 'CommandContract:Catalogue', type));
  }

  async function refused(defined: unknown, by = commands.admin): Promise<ErrorCode> {
    return (await commands.refusal(by, 'Define', JSON.stringify(defined))).code;
  }

  it('has a command with whose it is', async () => {
    const defined = definition('identify', { roles: ['operator', 'admin'] });
    const { result, transaction, writes } = await commands.define(defined);
    expect(result).to.deep.equal({
      ...defined,
      roles: ['admin', 'operator'],
      org: 'ManufacturerMSP',
      version: 1,
      updatedAt: (await catalogue()).find(({ name }) => name === 'identify')!.updatedAt,
      by: 'admin@manufacturer',
      transaction,
    });
    expect(writes).to.have.length(1);
  });

  it('counts the versions of what is changed, and changes nothing for what is the same', async () => {
    const same = definition('set-interval', { roles: ['operator', 'admin'] });
    expect((await commands.define(same)).writes).to.deep.equal([]);
    const { result } = await commands.define(definition('set-interval', { timeoutSeconds: 5 }));
    expect(result).to.deep.include({ version: 2, timeoutSeconds: 5 });
  });

  it('is read by type, or whole', async () => {
    await commands.define(definition('set-interval', { type: 'press' }));
    const names = (entries: CatalogueEntry[]): string[] => entries.map(({ type, name }) => `${type} ${name}`);
    expect(names(await catalogue('press'))).to.deep.equal(['press set-interval']);
    expect(names(await catalogue('pres'))).to.deep.equal([]);
    expect(names(await catalogue())).to.deep.equal([
      'press set-interval',
      'thermometer calibrate',
      'thermometer restart',
      'thermometer set-interval',
    ]);
    for (const name of Object.values(HOSTILE_NAMES).filter((hostile) => hostile !== '')) {
      expect((await commands.refusal(foreign, 'Catalogue', name)).code).to.equal('INVALID_ARGUMENT');
    }
  });

  it('is for the organisation that owns the type, and for members who serve all tenants', async () => {
    expect(await refused(definition('identify'), foreign)).to.equal('FORBIDDEN');
    expect(await refused(definition('set-interval'), foreign)).to.equal('FORBIDDEN');
    expect(await refused(definition('identify'), await adminFor('acme'))).to.equal('FORBIDDEN');
    expect(await catalogue('', await adminFor('acme'))).to.have.length(3);
  });

  it('has commands of types that are there', async () => {
    expect(await refused(definition('identify', { type: 'mood' }))).to.equal('TYPE_UNKNOWN');
  });

  it('leaves out what the caller may not read', async () => {
    await commands.define(definition('secret', { type: 'press' }));
    const rule = deny('hidden', {
      who: { roles: ['admin'] },
      actions: ['command:read'],
      what: { types: ['press'] },
    });
    await commands.channel.submit(
      foreign,
      'PolicyContract:Propose',
      JSON.stringify(put(rule)),
      'because',
      '',
    );
    expect(await catalogue('press')).to.deep.equal([]);
    expect(await catalogue()).to.have.length(3);
  });

  it('ends a command by disabling it, and takes it up again', async () => {
    await commands.devices(['a']);
    await commands.define(definition('set-interval', { enabled: false }));
    expect(await commands.refused(draft(['a']))).to.equal('COMMAND_UNKNOWN');
    await commands.define(definition('set-interval'));
    expect((await commands.issue(draft(['a']))).version).to.equal(3);
  });

  for (const [what, changes] of Object.entries<object>({
    'a name with a slash': { name: 'a/b' },
    'a role that sends nothing': { roles: ['auditor'] },
    'no role': { roles: [] },
    'no time to live': { lifetimeSeconds: 0 },
    'a life of more than 30 days': { lifetimeSeconds: 30 * 86_400 + 1 },
    'a schema with a pattern': {
      parameters: { type: 'object', properties: { text: { type: 'string', pattern: '(a+)+$' } } },
    },
  })) {
    it(`takes no command with ${what}`, async () => {
      expect(await refused({ ...definition('identify'), ...changes })).to.equal('INVALID_ARGUMENT');
    });
  }

  it('takes nobody’s word about whose it is', async () => {
    expect(await refused({ ...definition('identify'), org: 'OperatorMSP' })).to.equal('INVALID_ARGUMENT');
  });

  it('makes void what was judged by it before it changed', async () => {
    await commands.devices(['a']);
    const { channel, admin, operator } = commands;
    const calls = [
      channel.prepare(
        admin,
        'CommandContract:Define',
        JSON.stringify(definition('set-interval', { enabled: false })),
      ),
      channel.prepare(operator, 'CommandContract:Issue', JSON.stringify([draft(['a'])])),
    ];
    const endorsed = await Promise.all(calls.map((call) => channel.endorse(call)));
    expect(calls.map((call, index) => channel.commit(call, endorsed[index]!))).to.deep.equal([true, false]);
  });
});
