import { expect } from 'chai';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import { keptCertificates } from '../../network/pki/inventory.ts';
import { TestConsortium } from '../harness/consortium.ts';

/** A change of the rules that takes rights away, so that it is applied by whoever makes it. */
function denying(id: string): string[] {
  const rule = { id, effect: 'deny', description: 'Of a test', who: { members: ['nobody@operator'] } };
  const change = { put: [{ ...rule, actions: ['device:suspend'], what: {}, when: {} }], remove: [] };
  return ['PolicyContract:Propose', JSON.stringify(change), 'a test', ''];
}

describe('the servers of a consortium', function () {
  this.timeout(300_000);
  let consortium: TestConsortium;

  before(async () => {
    consortium = await TestConsortium.start();
  });

  after(() => consortium.remove());

  const valid = async (id: string, endorsers: readonly string[]): Promise<void> => {
    const { error } = await consortium.invoke('admin@manufacturer', endorsers, denying(id));
    expect(error).to.include('committed with status (VALID)');
  };

  describe('a further peer', () => {
    let snapshot: string;

    it('needs a snapshot, which is taken once', async () => {
      snapshot = join(consortium.folder, 'snapshot');
      const nothing = await consortium.run('join-from-snapshot', 'auditor', snapshot);
      expect(nothing.code).to.equal(1);
      expect(nothing.error).to.include('is no snapshot');
      const first = await consortium.done('snapshot', 'auditor');
      expect(await consortium.done('snapshot', 'auditor')).to.equal(first);
      const copied = await consortium.done('snapshot', 'auditor', snapshot);
      expect(copied).to.equal(`registry: ${snapshot}/registry\nanchors: ${snapshot}/anchors\n`);
    });

    it('of two organisations is the same', async () => {
      const other = join(consortium.folder, 'other');
      await consortium.done('snapshot', 'operator', other);
      const metadata = (folder: string): string =>
        readFileSync(join(folder, 'registry', '_snapshot_signable_metadata.json'), 'utf8');
      expect(metadata(other)).to.equal(metadata(snapshot));
    });

    it('begins with it, follows the channels and answers', async () => {
      await valid('between', ['manufacturer', 'operator']);
      const joined = await consortium.done('join-from-snapshot', 'auditor', snapshot);
      expect(joined).to.include('registry: joined by the snapshot').and.to.include('anchors: joined');
      expect(await consortium.done('join-from-snapshot', 'auditor', snapshot)).to.include(
        'it has joined already',
      );
      const rules = await consortium.run('as', 'auditor', '--', ...queryAtSecondPeer());
      expect(rules.out).to.include('"between"');
    });

    it('endorses, and comes back with the others', async () => {
      await consortium.stop();
      await consortium.startAgain();
      await valid('endorsed', ['auditor (second)', 'operator']);
    });

    function queryAtSecondPeer(): string[] {
      const query = ['-C', 'registry', '-n', 'biot', '-c', '{"Args":["PolicyContract:List"]}'];
      return [
        'env',
        `CORE_PEER_ADDRESS=${consortium.peerOf('auditor (second)')}`,
        'peer',
        'chaincode',
        'query',
        ...query,
      ];
    }
  });

  describe('certificates', () => {
    it('are listed, the first to expire first', async () => {
      const check = await consortium.run('renew-certificates', '--check');
      expect(check).to.include({ code: 0 });
      expect(check.out).to.match(/operator +orderer, TLS +20\d\d-\d\d-\d\d +\d+/);
      const due = await consortium.run('renew-certificates', '--check', '--within', '3649', 'auditor');
      expect(due).to.include({ code: 1 });
      expect(due.out).to.include('DUE').and.not.to.include('operator');
    });

    it('are left alone when they are not due', async () => {
      expect(await consortium.done('renew-certificates')).to.equal('nothing to renew\n');
    });

    it('are renewed for the same keys while the consortium goes on', async () => {
      const { certificateFile } = organisationCrypto(consortium.home, 'manufacturer').orderer.tls;
      const before = new X509Certificate(readFileSync(certificateFile));
      const kept = (): string[] => keptCertificates(consortium.home).map(({ file }) => keyIn(file));
      const keys = kept();

      const renewed = await consortium.run('renew-certificates', '--within', '3650', 'manufacturer');
      expect(renewed.out).to.include('restarting manufacturer-orderer');
      expect(renewed.out).to.include('manufacturer, authority ends in');
      const after = new X509Certificate(readFileSync(certificateFile));
      expect(after.serialNumber).to.not.equal(before.serialNumber);
      expect(after.subjectAltName).to.equal(before.subjectAltName);
      expect(kept()).to.deep.equal(keys);

      await valid('renewed', ['manufacturer', 'auditor']);
      expect(await consortium.done('heights')).to.not.include('DIFFERS');
    });

    function keyIn(file: string): string {
      return new X509Certificate(readFileSync(file)).publicKey
        .export({ type: 'spki', format: 'pem' })
        .toString();
    }
  });
});
