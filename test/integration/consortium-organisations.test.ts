import { expect } from 'chai';
import { appendFileSync, copyFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { CHECKOUT } from '../../network/home/home.ts';
import { TestConsortium } from '../harness/consortium.ts';

/** A proposal that only says whether it was taken: it takes rights away, so it is applied by whoever makes it. */
function denying(id: string): string[] {
  const rule = { id, effect: 'deny', description: 'Of a test', who: { members: ['nobody@operator'] } };
  const change = { put: [{ ...rule, actions: ['device:suspend'], what: {}, when: {} }], remove: [] };
  return ['PolicyContract:Propose', JSON.stringify(change), 'a test', ''];
}

/** One consortium, to which these things happen one after the other. */
describe('the members of a consortium', function () {
  this.timeout(300_000);
  let consortium: TestConsortium;
  let coming: string;
  let going: string;

  before(async () => {
    consortium = await TestConsortium.start();
    coming = join(consortium.folder, 'coming');
    going = join(consortium.folder, 'going');
  });

  after(() => consortium.remove());

  describe('upgrade the chaincode', () => {
    let contracts: string;

    before(() => {
      contracts = join(consortium.folder, 'contracts');
      cpSync(join(CHECKOUT, 'chaincode', 'dist'), contracts, { recursive: true });
      appendFileSync(join(contracts, 'contracts', 'index.js'), '\n// the next version\n');
    });

    it('not by one organisation alone', async () => {
      const alone = await consortium.run('upgrade-chaincode', '--contracts', contracts, 'operator');
      expect(alone.code).to.equal(1);
      for (const channel of ['registry', 'anchors'])
        expect(alone.error).to.include(`${channel}: operator alone cannot do this`);
      expect(alone.error).to.include('Missing: the approval of auditor or manufacturer.');
      const report = await consortium.done('who-approved');
      expect(report).to.match(/waits\s+approved by operator\s+not by auditor manufacturer/);
    });

    it('by a majority, one organisation after the other, and once', async () => {
      const second = await consortium.done('upgrade-chaincode', '--contracts', contracts, 'manufacturer');
      expect(second).to.include('registry: committed').and.to.include('anchors: committed');
      for (const organisation of ['manufacturer', 'operator']) {
        const served = await consortium.run('query-device', 'nobody', '--as', organisation);
        expect(served.error, 'the contracts answer').to.include('the ledger knows no device nobody');
      }
      expect(await consortium.done('who-approved', '--as', 'manufacturer')).to.match(
        /registry: .* sequence 2, runs\s+approved by manufacturer operator\s+not by auditor/,
      );
      const all = await consortium.done('upgrade-chaincode', '--contracts', contracts);
      expect(all).to.include('AuditorMSP: true').and.not.to.include('committed');
    });
  });

  describe('admit an organisation', () => {
    it('not by one organisation alone', async () => {
      await consortium.done('add-organisation', 'prepare', 'supplier');
      await consortium.done('add-organisation', 'propose', 'supplier', coming, '--as', 'manufacturer');
      const alone = await consortium.run('add-organisation', 'submit', coming, '--as', 'manufacturer');
      expect(alone.code).to.equal(1);
      expect(alone.error).to.include('manufacturer alone cannot do this; nothing is changed.');
      expect(alone.error).to.include('Missing: the approval of auditor or operator.');
      const early = await consortium.run('add-organisation', 'join', 'supplier');
      expect(early.error).to.include('supplier is no member of both channels yet');
    });

    it('and sign nothing but that', async () => {
      const other = join(consortium.folder, 'other');
      cpSync(coming, other, { recursive: true });
      const change = readFileSync(join(coming, 'change.json'), 'utf8');
      writeFileSync(
        join(other, 'change.json'),
        change.replaceAll("'SupplierMSP.", "'OperatorMSP.").replaceAll('SupplierMSP', 'SuppliesMSP'),
      );
      const changed = await consortium.run('add-organisation', 'sign', other, '--as', 'auditor');
      expect(changed.code).to.equal(1);
      expect(changed.error).to.include('is not what change.json says');
      cpSync(coming, other, { recursive: true });
      copyFileSync(join(coming, 'anchors.tx'), join(other, 'registry.tx'));
      const swapped = await consortium.run('add-organisation', 'sign', other, '--as', 'auditor');
      expect(swapped.error).to.include('is not what change.json says');
    });

    it('by a majority, and it endorses', async () => {
      const signed = await consortium.done('add-organisation', 'sign', coming, '--as', 'auditor');
      expect(signed).to.equal('registry: signed by auditor\nanchors: signed by auditor\n');
      expect(await consortium.done('add-organisation', 'show', coming, '--as', 'operator')).to.include(
        'adds SupplierMSP to Application',
      );
      await consortium.done('add-organisation', 'submit', coming, '--as', 'auditor');
      await consortium.done('add-organisation', 'join', 'supplier');

      const two = ['manufacturer', 'operator'];
      const without = await consortium.invoke('admin@manufacturer', two, denying('without'));
      expect(without.error).to.include('ENDORSEMENT_POLICY_FAILURE');
      const withIt = await consortium.invoke('admin@manufacturer', [...two, 'supplier'], denying('with'));
      expect(withIt.error).to.include('committed with status (VALID)');
      const own = await consortium.invoke(
        'admin@supplier',
        ['supplier', 'auditor', 'operator'],
        denying('own'),
      );
      expect(own.error).to.include('committed with status (VALID)');
    });

    it('once', async () => {
      const again = await consortium.done('add-organisation', 'submit', coming, '--as', 'auditor');
      expect(again).to.equal('registry: it is so already\nanchors: it is so already\n');
      await consortium.done('add-organisation', 'join', 'supplier');
      expect(await consortium.done('heights'))
        .to.match(/anchors +supplier/)
        .and.not.to.include('DIFFERS');
    });

    it('for good: it starts again with the others', async () => {
      await consortium.stop();
      await consortium.startAgain();
      const orderers = await consortium.invoke(
        'admin@supplier',
        ['supplier', 'auditor', 'operator'],
        denying('after'),
      );
      expect(orderers.error).to.include('committed with status (VALID)');
    });
  });

  describe('part from an organisation', () => {
    it('not from a founder', async () => {
      const founder = await consortium.run(
        'remove-organisation',
        'propose',
        'auditor',
        going,
        '--as',
        'operator',
      );
      expect(founder.code).to.equal(1);
      expect(founder.error).to.include('auditor founded the consortium');
    });

    it('not by two of four', async () => {
      await consortium.done('remove-organisation', 'propose', 'supplier', going, '--as', 'manufacturer');
      await consortium.done('remove-organisation', 'sign', going, '--as', 'operator');
      const two = await consortium.run('remove-organisation', 'submit', going, '--as', 'operator');
      expect(two.code).to.equal(1);
      expect(two.error).to.include('manufacturer and operator alone cannot do this; nothing is changed.');
      expect(two.error).to.include('Missing: the approval of auditor or supplier.');
    });

    it('by three, and refuse its members’ transactions', async () => {
      await consortium.done('remove-organisation', 'sign', going, '--as', 'auditor');
      const submitted = await consortium.done('remove-organisation', 'submit', going, '--as', 'manufacturer');
      expect(submitted).to.equal('registry: changed\nanchors: changed\n');
      const two = ['manufacturer', 'operator'];
      const refused = await consortium.invoke('admin@supplier', two, denying('refused'));
      expect(refused.code).to.not.equal(0);
      expect(refused.error).to.include('access denied');
      const among = await consortium.invoke('admin@manufacturer', two, denying('among'));
      expect(among.error).to.include('committed with status (VALID)');
    });

    it('once', async () => {
      const again = await consortium.done('remove-organisation', 'submit', going, '--as', 'manufacturer');
      expect(again).to.equal('registry: it is so already\nanchors: it is so already\n');
    });

    it('and say who agreed to each of it', async () => {
      const report = await consortium.done('who-approved', '--as', 'operator');
      expect(report).to.match(
        /removes SupplierMSP from Application[^]*signed by manufacturer[^]*operator[^]*auditor/,
      );
      expect(report).to.include('applied at once: it can but take rights away');
    });
  });

  describe('take an organisation back', () => {
    it('not by the signatures of the first time, nor by one organisation alone', async () => {
      const old = await consortium.run('add-organisation', 'submit', coming, '--as', 'manufacturer');
      expect(old.code).to.equal(1);
      expect(old.error).to.include('the channel has changed since: propose it again');
      await consortium.done('add-organisation', 'prepare', 'supplier');
      await consortium.done('add-organisation', 'propose', 'supplier', coming, '--as', 'operator');
      const alone = await consortium.run('add-organisation', 'submit', coming, '--as', 'operator');
      expect(alone.code).to.equal(1);
      expect(alone.error).to.include('Missing: the approval of auditor or manufacturer.');
    });

    it('by a majority, and it endorses, with the blocks that it missed', async () => {
      await consortium.done('add-organisation', 'sign', coming, '--as', 'manufacturer');
      await consortium.done('add-organisation', 'submit', coming, '--as', 'manufacturer');
      await consortium.done('add-organisation', 'join', 'supplier');
      const three = ['supplier', 'auditor', 'operator'];
      const back = await consortium.invoke('admin@supplier', three, denying('back'));
      expect(back.error).to.include('committed with status (VALID)');
      expect(await consortium.done('heights'))
        .to.match(/anchors +supplier/)
        .and.not.to.include('DIFFERS');
    });
  });
});
