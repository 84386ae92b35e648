import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { writeFileAtomically } from '../home/files.ts';
import { CHECKOUT, type Home } from '../home/home.ts';
import { tar, type TarEntry } from './tar.ts';

/** The chaincode's name on both channels. */
export const CHAINCODE_NAME = 'biot';

/** Built contracts as they are installed on peers and run by the chaincode servers. */
export interface ContractsPackage {
  /** The first 16 hexadecimal digits of the hash of code and dependencies; also the version that is approved. */
  readonly version: string;
  /** `biot_<version>` */
  readonly label: string;
  /** How Fabric names the package: its label and its own hash. */
  readonly packageId: string;
  readonly file: string;
  /** The package's code, unpacked, for the chaincode servers. */
  readonly folder: string;
}

const BUILT_CONTRACTS = join(CHECKOUT, 'chaincode', 'dist');
const ENTRY_POINT = 'dist/contracts/index.js';

/** What the contracts load at run time: its exact versions are part of what the organisations approve. */
const DEPENDENCIES = ['@noble/hashes', 'fabric-contract-api', 'fabric-shim', 'reflect-metadata', 'zod'];

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ version: z.string().optional(), integrity: z.string().optional() }),
  ),
});

/**
 * Puts the built contracts into the home, as a package and unpacked, once for each version of them. The chaincode
 * servers run that copy: a build in the checkout changes nothing that was approved until it is deployed.
 *
 * @throws BiotError SETUP_FAILED when the contracts have not been built.
 */
export function ensureContractsPackage(home: Home, built: string = BUILT_CONTRACTS): ContractsPackage {
  const code = contractsCode(readBuilt(built), lockedDependencies());
  const version = hashEntries(code).slice(0, 16);
  const label = `${CHAINCODE_NAME}_${version}`;
  const folder = home.path('chaincode', version, 'code');
  const file = home.path('chaincode', version, 'package.tar.gz');
  if (!existsSync(file)) {
    for (const { name, content } of code) writeFileAtomically(join(folder, name), content);
    writeFileAtomically(file, packContracts(label, code));
  }
  const hash = createHash('sha256').update(readFileSync(file)).digest('hex');
  return { version, label, packageId: `${label}:${hash}`, file, folder };
}

/** The files of the package's code, in a fixed order: the contracts, what starts them, and what they need. */
export function contractsCode(
  contracts: readonly TarEntry[],
  dependencies: Readonly<Record<string, string>>,
): TarEntry[] {
  const manifest = { name: CHAINCODE_NAME, type: 'commonjs', main: ENTRY_POINT };
  const entries = [
    ...contracts,
    jsonEntry('package.json', manifest),
    jsonEntry('dependencies.json', dependencies),
  ];
  return entries.toSorted((left, right) => (left.name < right.name ? -1 : 1));
}

/** Hash over names and contents; lengths keep one file's end and the next one's beginning apart. */
export function hashEntries(entries: readonly TarEntry[]): string {
  const hash = createHash('sha256');
  for (const { name, content } of entries)
    hash.update(`${Buffer.byteLength(name)}:${name}:${content.length}:`).update(content);
  return hash.digest('hex');
}

/** Fabric's package format: metadata.json and code.tar.gz, in this order, in a gzipped tar. */
export function packContracts(label: string, code: readonly TarEntry[]): Buffer {
  const metadata = jsonEntry('metadata.json', { type: 'ccaas', label });
  return gzipSync(tar([metadata, { name: 'code.tar.gz', content: gzipSync(tar(code)) }]));
}

function readBuilt(folder: string): TarEntry[] {
  if (!existsSync(join(folder, 'contracts', 'index.js'))) {
    throw new BiotError(
      'SETUP_FAILED',
      `${folder} has no built contracts: npx tsc -p chaincode/tsconfig.json`,
    );
  }
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.js'))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ name: join('dist', relative(folder, file)), content: readFileSync(file) }));
}

function lockedDependencies(): Record<string, string> {
  const { packages } = lockSchema.parse(
    JSON.parse(readFileSync(join(CHECKOUT, 'package-lock.json'), 'utf8')),
  );
  return Object.fromEntries(
    DEPENDENCIES.map((name) => {
      const locked = packages[`node_modules/${name}`];
      if (locked?.version === undefined || locked.integrity === undefined) {
        throw new BiotError('SETUP_FAILED', `package-lock.json does not pin ${name}`);
      }
      return [name, `${locked.version} ${locked.integrity}`];
    }),
  );
}

function jsonEntry(name: string, value: unknown): TarEntry {
  return { name, content: Buffer.from(`${JSON.stringify(value, null, 2)}\n`) };
}
