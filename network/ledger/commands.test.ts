import { expect } from 'chai';
import type { Command, CommandDraft } from '../../chaincode/protocol/command/command.ts';
import type { CatalogueEntry, CommandDefinition } from '../../chaincode/protocol/command/definition.ts';
import type { ContractClient, LedgerCall } from './client.ts';
import { commandLedger } from './commands.ts';

const ID = '018f2f6e-3a71-7c1e-9c9c-3f0c2a8c1d55';
const TRANSACTION = 'a'.repeat(64);
const AT = '2026-01-01T00:00:00.000Z';
const DEFINITION: CommandDefinition = {
  type: 'press',
  name: 'restart',
  description: 'of a test',
  parameters: { type: 'object', properties: {}, required: [], additionalProperties: false },
  roles: ['admin'],
  approval: true,
  lifetimeSeconds: 600,
  timeoutSeconds: 60,
  enabled: true,
};
const ENTRY: CatalogueEntry = {
  ...DEFINITION,
  org: 'OperatorMSP',
  version: 1,
  updatedAt: AT,
  by: 'admin@operator',
  transaction: TRANSACTION,
};
const DRAFT: CommandDraft = { id: ID, name: 'restart', devices: ['press-07'], group: null, parameters: {} };
const COMMAND: Command = {
  ...DRAFT,
  type: 'press',
  tenant: 'acme',
  org: 'OperatorMSP',
  version: 1,
  lifetimeSeconds: 600,
  timeoutSeconds: 60,
  state: 'pending approval',
  issued: { name: 'admin@operator', org: 'OperatorMSP', at: AT, transaction: TRANSACTION },
  decided: null,
  cancelled: null,
  reason: null,
  expiresAt: '2026-01-01T00:10:00.000Z',
};

/** A contract that answers so, and keeps what it was called with. */
function contract(answer: unknown): ContractClient & { readonly calls: LedgerCall[] } {
  const calls: LedgerCall[] = [];
  const result = JSON.stringify(answer);
  return {
    calls,
    evaluate: (call) => (calls.push(call), Promise.resolve(result)),
    submit: (call) => (calls.push(call), Promise.resolve({ result, transaction: TRANSACTION, block: 7 })),
  };
}

const PLACE = { transaction: TRANSACTION, block: 7 };
const onRegistry = { channel: 'registry', contract: 'CommandContract' };

describe('commands on the ledger', () => {
  it('are defined, and read from the catalogue of one type or of all', async () => {
    const one = contract(ENTRY);
    expect(await commandLedger(one).define(DEFINITION)).to.deep.equal({ entry: ENTRY, ...PLACE });
    const args = [JSON.stringify(DEFINITION)];
    expect(one.calls).to.deep.equal([{ ...onRegistry, transaction: 'Define', args }]);
    const all = contract([ENTRY]);
    expect(await commandLedger(all).catalogue()).to.deep.equal([ENTRY]);
    expect(await commandLedger(all).catalogue('press')).to.deep.equal([ENTRY]);
    expect(all.calls.map((call) => call.args)).to.deep.equal([[''], ['press']]);
  });

  it('are issued together, each with its outcome', async () => {
    const problem = { code: 'DEVICE_UNKNOWN', message: 'the ledger knows no device press-08' };
    const outcomes = [{ command: COMMAND }, { id: ID, problem }];
    const fake = contract(outcomes);
    expect(await commandLedger(fake).issue([DRAFT, DRAFT])).to.deep.equal({ outcomes, ...PLACE });
    const args = [JSON.stringify([DRAFT, DRAFT])];
    expect(fake.calls).to.deep.equal([{ ...onRegistry, transaction: 'Issue', args }]);
  });

  it('are decided about, cancelled and read by id', async () => {
    const fake = contract(COMMAND);
    const ledger = commandLedger(fake);
    expect(await ledger.approve(ID)).to.deep.equal({ command: COMMAND, ...PLACE });
    await ledger.reject(ID, 'not now');
    await ledger.cancel(ID, 'not needed');
    expect(await ledger.get(ID)).to.deep.equal(COMMAND);
    expect(fake.calls.map(({ transaction, args }) => [transaction, ...args])).to.deep.equal([
      ['Approve', ID],
      ['Reject', ID, 'not now'],
      ['Cancel', ID, 'not needed'],
      ['Get', ID],
    ]);
  });

  it('are not believed in another form', async () => {
    const error: unknown = await commandLedger(contract({ ...COMMAND, state: 'sent' }))
      .get(ID)
      .catch((caught: unknown) => caught);
    expect(error).to.have.property('code', 'INTERNAL');
  });
});
