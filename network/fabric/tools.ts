import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { CHECKOUT } from '../home/home.ts';
import { cacheDirectory } from '../home/cache.ts';
import { run } from '../processes/run.ts';

/** Where Fabric's programs and its default settings (core.yaml, orderer.yaml) lie. */
export interface FabricTools {
  readonly bin: string;
  readonly config: string;
}

const PROGRAMS = ['peer', 'orderer', 'configtxgen', 'configtxlator', 'cryptogen', 'osnadmin'];
const SETTINGS = ['core.yaml', 'orderer.yaml'];

/** The module that pins Fabric and the checksums of all that it is built from. */
const TOOLS_MODULE = join(CHECKOUT, 'network', 'tools');
const FABRIC_MODULE = 'github.com/hyperledger/fabric';
const FABRIC_VERSION = '2.5.0';
const BUILD_WITHIN_MS = 20 * 60 * 1000;
const FETCH_WITHIN_MS = 5 * 60 * 1000;

/** What `go mod download -json` says of a module. */
const downloadSchema = z.looseObject({ Dir: z.string().min(1) });

/** Channels ask for application capability V2_5, which older peers refuse. */
const OLDEST_FABRIC: Version = [2, 5];

/** Go modules with `tool` lines need this Go. */
const OLDEST_GO: Version = [1, 24];

type Version = readonly [major: number, minor: number];

/**
 * Finds Fabric: in `BIOT_FABRIC_BIN`, on `PATH`, in the cache, or else builds it from the pinned Go modules
 * (about a minute on two cores, more when the modules must be fetched).
 *
 * @throws BiotError SETUP_FAILED saying what is missing.
 */
export async function findFabricTools(progress: (step: string) => void): Promise<FabricTools> {
  const named = process.env['BIOT_FABRIC_BIN'];
  if (named !== undefined && named !== '') return requireNamed(resolve(named));
  return (await findOnPath()) ?? (await findOrBuild(progress));
}

async function requireNamed(bin: string): Promise<FabricTools> {
  const missing = PROGRAMS.filter((program) => !isExecutable(join(bin, program)));
  if (missing.length > 0)
    throw new BiotError('SETUP_FAILED', `BIOT_FABRIC_BIN names ${bin}, which lacks ${missing.join(', ')}`);
  const version = await peerVersion(bin);
  if (isOlder(version, OLDEST_FABRIC)) {
    throw new BiotError(
      'SETUP_FAILED',
      `the Fabric in ${bin} (BIOT_FABRIC_BIN) is ${version.join('.')}; 2.5 or newer is needed`,
    );
  }
  return { bin, config: await requireSettings(bin) };
}

/** A Fabric on PATH that is incomplete or too old is passed by: nobody said that we should use it. */
async function findOnPath(): Promise<FabricTools | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const bin = folders.find(
    (folder) => folder !== '' && PROGRAMS.every((program) => isExecutable(join(folder, program))),
  );
  if (bin === undefined || isOlder(await peerVersion(bin), OLDEST_FABRIC)) return undefined;
  return { bin, config: await requireSettings(bin) };
}

async function findOrBuild(progress: (step: string) => void): Promise<FabricTools> {
  const go = await requireGo();
  const cached = join(cacheDirectory(), `fabric-${pinHash(go)}`);
  if (!existsSync(cached)) {
    progress(`building Hyperledger Fabric ${FABRIC_VERSION} from its Go modules`);
    await build(cached);
  }
  return { bin: join(cached, 'bin'), config: join(cached, 'config') };
}

/** Builds into a folder beside the final one and renames it, so that a cache is complete or not there at all. */
async function build(target: string): Promise<void> {
  mkdirSync(dirname(target), { recursive: true });
  const draft = mkdtempSync(`${target}.draft-`);
  try {
    const version = `-X ${FABRIC_MODULE}/common/metadata.Version=${FABRIC_VERSION}`;
    await run('go', ['install', '-ldflags', `-s -w ${version}`, 'tool'], {
      cwd: TOOLS_MODULE,
      // Without cgo: nothing that we run needs it (Fabric's PKCS#11 is a build tag of its own), and so no C compiler.
      env: { GOBIN: join(draft, 'bin'), GOFLAGS: '', CGO_ENABLED: '0' },
      withinMs: BUILD_WITHIN_MS,
    });
    for (const file of SETTINGS) cpSync(join(await sampleSettings(), file), join(draft, 'config', file));
    renameSync(draft, target);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Somebody else may have finished the same build meanwhile; theirs is as good.
    if (!existsSync(target)) throw error;
  }
}

/** A different pin, or a different compiler, is a different build. */
function pinHash(go: string): string {
  const hash = createHash('sha256').update(go);
  for (const file of ['go.mod', 'go.sum']) hash.update(readFileSync(join(TOOLS_MODULE, file)));
  return hash.digest('hex').slice(0, 16);
}

async function requireGo(): Promise<string> {
  const advice =
    'Install Go 1.24 or newer (https://go.dev/dl), or name a folder with the Fabric programs in BIOT_FABRIC_BIN.';
  const version = await run('go', ['env', 'GOVERSION']).catch((cause: unknown) => {
    throw new BiotError(
      'SETUP_FAILED',
      `Go is needed to build Hyperledger Fabric and is not there. ${advice}`,
      { cause },
    );
  });
  if (isOlder(parseVersion(version), OLDEST_GO)) {
    throw new BiotError(
      'SETUP_FAILED',
      `the Go here is ${version.trim()}, too old to build Hyperledger Fabric. ${advice}`,
    );
  }
  return version.trim();
}

/** Fabric's release archives have `config` beside `bin`; for bare programs the pinned module's own settings serve. */
async function requireSettings(bin: string): Promise<string> {
  const places = [process.env['FABRIC_CFG_PATH'], join(bin, '..', 'config'), bin];
  const found = places.find(
    (place) => place !== undefined && SETTINGS.every((file) => existsSync(join(place, file))),
  );
  if (found !== undefined) return resolve(found);
  return sampleSettings().catch((cause: unknown) => {
    throw new BiotError(
      'SETUP_FAILED',
      `no ${SETTINGS.join(' and ')} beside ${bin}, and the module that has them could not be fetched: name their folder in FABRIC_CFG_PATH`,
      { cause },
    );
  });
}

/** In the pinned module, which is fetched when it is not in Go's cache: `go list` would name no folder then. */
async function sampleSettings(): Promise<string> {
  const answer = await run('go', ['mod', 'download', '-json', FABRIC_MODULE], {
    cwd: TOOLS_MODULE,
    withinMs: FETCH_WITHIN_MS,
  });
  const { Dir: folder } = downloadSchema.parse(JSON.parse(answer));
  return join(folder, 'sampleconfig');
}

async function peerVersion(bin: string): Promise<Version> {
  return parseVersion(await run(join(bin, 'peer'), ['version']));
}

function parseVersion(text: string): Version {
  const match = /(\d+)\.(\d+)/.exec(text);
  return [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
}

function isOlder([major, minor]: Version, than: Version): boolean {
  return major < than[0] || (major === than[0] && minor < than[1]);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
