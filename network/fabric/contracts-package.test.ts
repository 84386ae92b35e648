import { expect } from 'chai';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Home } from '../home/home.ts';
import { portsFrom } from '../home/ports.ts';
import { contractsCode, ensureContractsPackage, hashEntries, packContracts } from './contracts-package.ts';
import type { TarEntry } from './tar.ts';

const DEPENDENCIES = { zod: '4.0.0 sha512-x' };

function files(contents: Record<string, string>): TarEntry[] {
  return Object.entries(contents).map(([name, content]) => ({ name, content: Buffer.from(content) }));
}

function hashOf(
  contents: Record<string, string>,
  dependencies: Record<string, string> = DEPENDENCIES,
): string {
  return hashEntries(contractsCode(files(contents), dependencies));
}

describe('contracts package', () => {
  const contents = { 'dist/contracts/index.js': 'exports.contracts = []', 'dist/protocol/hash.js': 'hash' };

  it('is the same for the same contracts, in whatever order they are found', () => {
    const reversed = Object.fromEntries(Object.entries(contents).reverse());
    const [one, two] = [contents, reversed].map((found) => contractsCode(files(found), DEPENDENCIES));
    expect(hashEntries(one!)).to.equal(hashEntries(two!));
    expect(packContracts('biot_x', one!).equals(packContracts('biot_x', two!))).to.equal(true);
  });

  it('has another hash for any other contracts', () => {
    const hashes = [
      hashOf(contents),
      hashOf({ ...contents, 'dist/protocol/hash.js': 'hasH' }),
      hashOf({ 'dist/contracts/index.js': 'exports.contracts = []', 'dist/protocol/hush.js': 'hash' }),
      hashOf({ 'dist/contracts/index.js': 'exports.contracts = []' }),
      hashOf({ ...contents, 'dist/extra.js': '' }),
      hashOf(contents, { zod: '4.0.1 sha512-x' }),
      hashOf(contents, { zod: '4.0.0 sha512-y' }),
    ];
    expect(new Set(hashes).size).to.equal(hashes.length);
  });

  it('does not confuse where one file ends and the next begins', () => {
    expect(hashEntries(files({ a: 'b1:c0:' }))).not.to.equal(hashEntries(files({ a: 'b', c: '' })));
    expect(hashEntries(files({ ab: 'c' }))).not.to.equal(hashEntries(files({ a: 'bc' })));
  });

  describe('in a home', () => {
    let home: Home;
    let built: string;

    beforeEach(() => {
      const root = mkdtempSync(join(tmpdir(), 'biot-package-'));
      home = { root, ports: portsFrom(9000), path: (...segments) => join(root, ...segments) };
      built = join(root, 'dist');
      mkdirSync(join(built, 'contracts'), { recursive: true });
      writeFileSync(join(built, 'contracts', 'index.js'), 'exports.contracts = []');
    });

    afterEach(() => {
      rmSync(home.root, { recursive: true });
    });

    it('is made once, and again when the contracts change', () => {
      const first = ensureContractsPackage(home, built);
      expect(ensureContractsPackage(home, built)).to.deep.equal(first);
      writeFileSync(join(built, 'contracts', 'index.js'), 'exports.contracts = [1]');
      const second = ensureContractsPackage(home, built);
      expect(second.packageId).not.to.equal(first.packageId);
      expect(second.label).to.match(/^biot_[0-9a-f]{16}$/);
    });

    it('holds code and label for Fabric, and the same code for the chaincode servers', () => {
      const { file, folder, label } = ensureContractsPackage(home, built);
      expect(gunzipSync(readFileSync(file)).toString('latin1'))
        .to.contain('metadata.json')
        .and.to.contain(`"label": "${label}"`);
      expect(readFileSync(join(folder, 'dist', 'contracts', 'index.js'), 'utf8')).to.equal(
        'exports.contracts = []',
      );
      expect(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).to.have.property(
        'main',
        'dist/contracts/index.js',
      );
    });

    it('is refused when the contracts are not built', () => {
      expect(() => ensureContractsPackage(home, join(home.root, 'nowhere')))
        .to.throw('no built contracts')
        .with.property('code', 'SETUP_FAILED');
    });
  });
});
