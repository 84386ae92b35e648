import { expect } from 'chai';

import { parametersSchema } from '../../../chaincode/protocol/command/parameters.ts';
import { commandChoice, finishedCount, singleState, stateCounts } from './command-progress.ts';
import {
  type DefinitionDraft,
  definitionOf,
  draftOfDefinition,
  emptyDefinition,
  emptyRow,
} from './definition-draft.ts';
import { issueable, type IssueDraft, issueRequest, lifetimes, secondsText } from './issue-draft.ts';
import { choicesOf, emptyParameters, hintOf, parametersFromText, parametersOf } from './parameters-draft.ts';

const SCHEMA = parametersSchema.parse({
  type: 'object',
  properties: {
    seconds: { type: 'integer', minimum: 1, maximum: 3600, description: 'Between two messages' },
    mode: { type: 'string', enum: ['eco', 'full'] },
    quiet: { type: 'boolean' },
    steps: { type: 'array', items: { type: 'number', minimum: 0 }, maxItems: 3 },
  },
  required: ['seconds'],
});

describe('the form of a command’s parameters', () => {
  it('makes values of the kinds that the schema names, and leaves out what is empty', () => {
    const draft = { ...emptyParameters(SCHEMA), seconds: ' 60 ', quiet: 'false', steps: '1\n\n2.5 ' };
    expect(parametersOf(SCHEMA, draft)).to.deep.equal({
      parameters: { seconds: 60, quiet: false, steps: [1, 2.5] },
    });
  });

  it('says at each field what is wrong with it', () => {
    const made = parametersOf(SCHEMA, { seconds: '3601', mode: 'off', quiet: '', steps: '1\n-1' });
    expect('errors' in made && Object.keys(made.errors)).to.deep.equal(['seconds', 'mode', 'steps']);
    const missing = parametersOf(SCHEMA, emptyParameters(SCHEMA));
    expect(missing).to.deep.equal({ errors: { seconds: 'It is needed.' } });
    const words = parametersOf(SCHEMA, { seconds: 'soon' });
    expect('errors' in words && words.errors['seconds']).to.match(/^[A-Z].*\.$/);
  });

  it('can be written by hand, and is judged alike', () => {
    expect(parametersFromText(SCHEMA, '{"seconds":5}')).to.deep.equal({ parameters: { seconds: 5 } });
    expect(parametersFromText(SCHEMA, '{"seconds":0}')).to.have.property('error').that.includes('Seconds');
    expect(parametersFromText(SCHEMA, '{')).to.deep.equal({ error: 'This is no JSON object.' });
    for (const text of ['null', '[]', '7'])
      expect(parametersFromText(SCHEMA, text), text).to.have.property('error');
  });

  it('tells what each field takes', () => {
    const { seconds, mode, quiet, steps } = SCHEMA.properties;
    expect(hintOf(seconds!)).to.equal('Between two messages · 1 to 3600');
    expect(hintOf(steps!)).to.equal('one in a line, at most 3');
    expect([choicesOf(mode!), choicesOf(quiet!), choicesOf(seconds!)]).to.deep.equal([
      ['eco', 'full'],
      ['true', 'false'],
      undefined,
    ]);
  });
});

describe('how far a command has come', () => {
  const ISSUED = { state: 'queued', counts: null, devices: 3 } as const;

  it('is the ledger’s word until ingest has read it', () => {
    expect(stateCounts(ISSUED)).to.deep.equal([{ state: 'queued', count: 3 }]);
  });

  it('is one state only when all devices are in it', () => {
    expect(singleState({ ...ISSUED, counts: { succeeded: 3 } })).to.equal('succeeded');
    expect(singleState({ ...ISSUED, counts: { succeeded: 2, sent: 1 } })).to.equal(undefined);
    expect(finishedCount({ ...ISSUED, counts: { succeeded: 1, failed: 1, sent: 1 } })).to.equal(2);
  });

  describe('leaves it to decide', () => {
    const command = {
      state: 'pending approval',
      ...{ counts: null, devices: 1, org: 'OperatorMSP' },
      ...{ issued: { by: 'operator@operator', at: 1 }, expiresAt: 1_000 },
    } as const;
    const admin = { name: 'admin@operator', org: 'OperatorMSP' };
    const issuer = { name: 'operator@operator', org: 'OperatorMSP' };
    const all = () => true;

    it('to a second person of the organisation', () => {
      expect(commandChoice(command, admin, all, 1)).to.include({ decide: true, cancel: true });
      expect(commandChoice(command, issuer, all, 1)).to.include({ decide: false, cancel: true });
      expect(commandChoice(command, issuer, all, 1).note).to.be.a('string');
      expect(commandChoice(command, { ...admin, org: 'ManufacturerMSP' }, all, 1)).to.include({
        decide: false,
        cancel: false,
      });
    });

    it('while there is time, and something to take back', () => {
      expect(commandChoice(command, admin, all, 1_000)).to.include({ decide: false, cancel: false });
      const done = { ...command, state: 'queued', counts: { succeeded: 1 } } as const;
      expect(commandChoice(done, admin, all, 1)).to.include({ decide: false, cancel: false });
      const under = { ...command, state: 'queued', counts: { running: 1, sent: 1 } } as const;
      expect(commandChoice(under, admin, all, 1)).to.include({ cancel: true });
      expect(commandChoice(under, admin, () => false, 1)).to.include({ cancel: false });
    });
  });
});

describe('a command that is to be sent', () => {
  const ENTRY = {
    ...{
      name: 'set-interval',
      type: 'press',
      description: 'x',
      parameters: SCHEMA,
      approval: false,
      enabled: true,
    },
    ...{ roles: ['admin' as const], lifetimeSeconds: 3_600, timeoutSeconds: 60 },
    ...{ org: 'OperatorMSP', version: 1, updatedAt: '', by: '', transaction: '' },
  };
  const DRAFT: IssueDraft = {
    ...{ id: 'an-id', type: 'press', to: 'devices', devices: ' a, b;a\nc ', group: '' },
    ...{ parameters: { seconds: '5' }, raw: undefined, lifetimeSeconds: 3_600 },
  };

  it('is for devices that are named, each once, or for a group', () => {
    expect(issueRequest(ENTRY, DRAFT)).to.deep.equal({
      request: { id: 'an-id', name: 'set-interval', devices: ['a', 'b', 'c'], parameters: { seconds: 5 } },
    });
    const group = issueRequest(ENTRY, { ...DRAFT, to: 'group', group: ' hall-7 ', lifetimeSeconds: 60 });
    expect(group)
      .to.have.property('request')
      .that.includes({ group: 'hall-7', type: 'press', lifetimeSeconds: 60 });
    expect(group).to.have.property('request').that.does.not.have.property('devices');
  });

  it('says all that is wrong at once', () => {
    const made = issueRequest(ENTRY, { ...DRAFT, devices: ' ', parameters: {} });
    expect('errors' in made && made.errors.devices).to.be.a('string');
    expect('errors' in made && made.errors.parameters).to.have.property('seconds');
    const raw = issueRequest(ENTRY, { ...DRAFT, raw: '{' });
    expect('errors' in raw && raw.errors.raw).to.be.a('string');
  });

  it('is offered to those whom the catalogue names, while it can be sent', () => {
    expect(issueable([ENTRY], 'admin')).to.have.length(1);
    expect(issueable([ENTRY], 'operator')).to.have.length(0);
    expect(issueable([{ ...ENTRY, enabled: false }], 'admin')).to.have.length(0);
  });

  it('lives no longer than the catalogue says', () => {
    expect(lifetimes(3_600).map(({ value }) => value)).to.deep.equal([3_600, 60, 600]);
    expect([86_400, 7_200, 90, 120].map(secondsText)).to.deep.equal(['1 d', '2 h', '90 s', '2 min']);
  });
});

describe('the form for a command of the catalogue', () => {
  const filled = (): DefinitionDraft => ({
    ...emptyDefinition(),
    ...{ name: 'set-interval', description: 'How often it measures' },
    rows: [
      { name: 'seconds', type: 'integer', least: '1', most: '3600', choices: '', required: true },
      { name: 'mode', type: 'string', least: '', most: '', choices: 'eco, full', required: false },
    ],
  });

  it('makes a definition, and is made of one again', () => {
    const made = definitionOf('press', filled());
    if (!('definition' in made)) throw new Error(JSON.stringify(made.errors));
    expect(made.definition.parameters).to.deep.equal({
      type: 'object',
      properties: {
        seconds: { type: 'integer', minimum: 1, maximum: 3600 },
        mode: { type: 'string', enum: ['eco', 'full'] },
      },
      required: ['seconds'],
      additionalProperties: false,
    });
    expect(draftOfDefinition(made.definition)).to.deep.equal(filled());
  });

  it('shows as JSON what its rows could not say', () => {
    const made = definitionOf('press', filled());
    if (!('definition' in made)) throw new Error('unreachable');
    const draft = draftOfDefinition({ ...made.definition, parameters: SCHEMA });
    expect(draft.raw).to.be.a('string');
    expect(definitionOf('press', draft))
      .to.have.property('definition')
      .that.deep.includes({ parameters: SCHEMA });
  });

  const wrong: [string, Partial<DefinitionDraft>, string][] = [
    ['a name that is none', { name: 'Set It' }, 'name'],
    ['no sender', { roles: [] }, 'roles'],
    ['a lifetime of no number', { lifetimeSeconds: 'long' }, 'lifetimeSeconds'],
    ['a schema that is not JSON', { raw: '{' }, 'parameters'],
    [
      'a pattern',
      { raw: '{"type":"object","properties":{"a":{"type":"string","pattern":"a"}}}' },
      'parameters',
    ],
    ['two parameters of a name', { rows: [emptyRow(), emptyRow()] }, 'parameters'],
    ['a parameter without a name', { rows: [emptyRow()] }, 'parameters'],
  ];
  for (const [what, change, field] of wrong) {
    it(`says what is wrong with ${what}`, () => {
      const made = definitionOf('press', { ...filled(), ...change });
      expect('errors' in made && made.errors[field]).to.be.a('string');
    });
  }
});
