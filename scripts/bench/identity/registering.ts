import type { Home } from '../../../network/home/home.ts';
import { connectLedger, type LedgerClient } from '../../../network/ledger/client.ts';
import { memberConnection } from '../../../network/ledger/member-connection.ts';
import { registryLedger } from '../../../network/ledger/registry.ts';
import type { BenchContext, Report } from '../bench.ts';
import { median, percentile } from '../statistics.ts';
import { type BenchDevice, makeDevices } from './fleet.ts';
import { plainPut } from './plain-contracts.ts';

const ADMIN = 'admin@manufacturer';
const ROUNDS = 5;
/** Transactions of one side in a round, and how many of them wait for their block at one time. */
const IN_ROUND = 200;
const IN_FLIGHT = 50;
/** Transactions one after the other. */
const ALONE = 40;

/** One device a transaction, against a contract that only writes a key with the same record. */
export async function measureRegistering(home: Home, { progress }: BenchContext): Promise<Report> {
  const client = connectLedger(memberConnection(home, ADMIN));
  try {
    const [alone, plainAlone] = await progress.step('commits, one after the other', () =>
      measureAlone(client),
    );
    const rounds = await progress.step('registering one device a transaction', () => measureRounds(client));
    const ours = median(rounds.map((round) => round.ours));
    const plain = median(rounds.map((round) => round.plain));
    return {
      figures: [
        {
          name: 'commit_p50_ms',
          value: median(alone),
          meaning: 'registering a device, from the call to the commit, nothing else under way',
        },
        { name: 'commit_p99_ms', value: percentile(alone, 0.99), meaning: '…' },
        { name: 'plain_commit_p50_ms', value: median(plainAlone), meaning: '… writing a key' },
        {
          name: 'register_per_second',
          value: ours,
          meaning: `devices registered, one a transaction, ${IN_FLIGHT} under way`,
        },
        { name: 'plain_put_per_second', value: plain, meaning: '… keys written by the plain contract' },
        { name: 'register_ratio', value: ours / plain, meaning: 'ours to the plain alternative' },
      ],
      notes: [
        'plain alternative to registering: a contract in the same package that writes the same record under a key, asks for no permission and checks nothing; in turns with ours',
      ],
      sound: true,
    };
  } finally {
    client.close();
  }
}

interface Rates {
  /** Transactions a second. */
  readonly ours: number;
  readonly plain: number;
}

type Write = (device: BenchDevice) => Promise<unknown>;

function registerWith(client: LedgerClient): Write {
  const registry = registryLedger(client);
  return ({ registration }) => registry.register([registration]);
}

function putWith(client: LedgerClient, record: string): Write {
  return ({ registration: { id } }) => client.submit(plainPut(`plain-${id}`, record));
}

async function measureAlone(client: LedgerClient): Promise<[ours: number[], plain: number[]]> {
  const [ours, plain]: [number[], number[]] = [[], []];
  const registry = registryLedger(client);
  const [first, ...devices] = makeDevices('alone', ALONE + 1);
  if (first === undefined) return [ours, plain];
  await registry.register([first.registration]);
  const record = JSON.stringify(await registry.get(first.registration.id));
  for (const device of devices) {
    ours.push(await milliseconds(() => registerWith(client)(device)));
    plain.push(await milliseconds(() => putWith(client, record)(device)));
  }
  return [ours, plain];
}

async function measureRounds(client: LedgerClient): Promise<Rates[]> {
  const record = JSON.stringify(await registryLedger(client).get('alone-000001'));
  const rounds: Rates[] = [];
  // One more than counts, for the contracts' processes to warm up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const devices = makeDevices(`single-${round}`, IN_ROUND);
    const ours = await rateOf(devices, registerWith(client));
    const plain = await rateOf(devices, putWith(client, record));
    rounds.push({ ours, plain });
  }
  return rounds.slice(1);
}

async function rateOf(devices: readonly BenchDevice[], write: Write): Promise<number> {
  const waiting = [...devices];
  const took = await milliseconds(() =>
    Promise.all(
      Array.from({ length: IN_FLIGHT }, async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await write(next);
      }),
    ),
  );
  return (1000 * devices.length) / took;
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
