import { expect } from 'chai';

import { changed, changeSchema, membersIn, revocationListsIn, revocationSchema } from './config-change.ts';
import { type ConfigGroup, configSchema } from './config-json.ts';
import { changesBetween } from './config-words.ts';

const consenter = (port: number): object => ({
  host: '127.0.0.1',
  port,
  client_tls_cert: 'Yw==',
  server_tls_cert: 'Yw==',
});

const organisation = (port: number): object => ({
  groups: {},
  values: { Endpoints: { version: '0', value: { addresses: [`127.0.0.1:${port}`] } } },
  policies: {},
  version: '0',
});

const config = configSchema.parse({
  sequence: '1',
  channel_group: {
    groups: {
      Application: { groups: { OperatorMSP: organisation(1), AuditorMSP: organisation(2) }, version: '1' },
      Orderer: {
        groups: { OperatorMSP: organisation(1), AuditorMSP: organisation(2) },
        values: {
          ConsensusType: {
            version: '0',
            value: { type: 'etcdraft', metadata: { options: {}, consenters: [consenter(1), consenter(2)] } },
          },
        },
        policies: { Admins: { version: '0', policy: {} } },
      },
    },
  },
});

const addition = changeSchema.parse({
  kind: 'add',
  mspId: 'SupplierMSP',
  application: organisation(3),
  orderer: organisation(3),
  consenter: consenter(3),
});
const removal = changeSchema.parse({ kind: 'remove', mspId: 'SupplierMSP' });

describe('a change of the consortium', () => {
  it('adds an organisation as a member with an orderer, and nothing else', () => {
    const after = changed(config, addition);
    expect(membersIn(after)).to.deep.equal(['AuditorMSP', 'OperatorMSP', 'SupplierMSP']);
    expect(changesBetween(config, after)).to.have.members([
      'adds SupplierMSP to Application',
      'adds SupplierMSP to Orderer',
      'changes ConsensusType of Orderer',
      'makes the orderers 127.0.0.1:1, 127.0.0.1:2, 127.0.0.1:3',
    ]);
  });

  it('removes all of it again', () => {
    expect(changed(changed(config, addition), removal)).to.deep.equal(config);
  });

  it('made twice is made once', () => {
    const once = changed(config, addition);
    expect(changed(once, addition)).to.deep.equal(once);
    expect(changed(config, removal)).to.deep.equal(config);
  });

  it('leaves a member that changed since it came as it is', () => {
    const moved = changeSchema.parse({ ...addition, application: organisation(9) });
    const once = changed(config, addition);
    expect(changed(once, moved)).to.deep.equal(once);
  });

  it('names what is removed', () => {
    expect(changesBetween(changed(config, addition), config)).to.include(
      'removes SupplierMSP from Application',
    );
  });

  describe('that revokes certificates', () => {
    const msp = { version: '0', mod_policy: 'Admins', value: { type: 0, config: { name: 'x', admins: [] } } };
    const { groups } = config.channel_group;
    const withMsp = (name: string, mspId: string): ConfigGroup => {
      const { [mspId]: group, ...others } = groups[name]!.groups;
      const changedGroup = { ...group!, values: { ...group!.values, MSP: msp } };
      return { ...groups[name]!, groups: { ...others, [mspId]: changedGroup } };
    };
    const defined = {
      ...config,
      channel_group: {
        ...config.channel_group,
        groups: {
          Application: withMsp('Application', 'OperatorMSP'),
          Orderer: withMsp('Orderer', 'OperatorMSP'),
        },
      },
    };
    const revocation = revocationSchema.parse({ kind: 'revoke', mspId: 'OperatorMSP', lists: ['Yw=='] });

    it('changes the definition of that organisation, among members and orderers, and nothing else', () => {
      const after = changed(defined, revocation);
      expect(changesBetween(defined, after)).to.have.members([
        'changes MSP of Application/OperatorMSP',
        'changes MSP of Orderer/OperatorMSP',
      ]);
      expect(revocationListsIn(defined, 'OperatorMSP')).to.deep.equal([]);
      expect(revocationListsIn(after, 'OperatorMSP')).to.deep.equal(['Yw==']);
      for (const name of ['Application', 'Orderer'])
        expect(after.channel_group.groups[name]?.groups['OperatorMSP']?.values['MSP']).to.deep.equal({
          ...msp,
          value: { type: 0, config: { name: 'x', admins: [], revocation_list: ['Yw=='] } },
        });
      expect(changed(after, revocation)).to.deep.equal(after);
    });

    it('does without orderers of that organisation, and is refused for one that is no member', () => {
      const { Application } = defined.channel_group.groups;
      const { Orderer } = config.channel_group.groups;
      const alone = {
        ...defined,
        channel_group: { ...defined.channel_group, groups: { Application, Orderer: Orderer! } },
      };
      expect(changesBetween(alone, changed(alone, revocation))).to.deep.equal([
        'changes MSP of Application/OperatorMSP',
      ]);
      expect(() => revocationListsIn(defined, 'SupplierMSP'))
        .to.throw()
        .with.property('code', 'NOT_FOUND');
    });

    it('is none that anybody signs who is asked to admit an organisation or to part from one', () => {
      expect(changeSchema.safeParse(revocation).success).to.equal(false);
    });
  });

  for (const mspId of ['supplier', '../SupplierMSP', 'Supplier MSP', '']) {
    it(`is refused for a name that is none: ${JSON.stringify(mspId)}`, () => {
      expect(changeSchema.safeParse({ kind: 'remove', mspId }).success).to.equal(false);
    });
  }
});
