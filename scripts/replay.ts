import { openHome } from '../network/home/home.ts';
import { BiotError } from '../chaincode/protocol/errors.ts';
import { EXIT, printJson, runCommand } from './cli/command.ts';
import { checkArguments, type ReplayArguments } from './replay/arguments.ts';
import { enrol } from './replay/enrolment.ts';
import { replay, type ReplayResult } from './replay/replay.ts';
import { type SeriesSummary, surveySeries } from './replay/series.ts';

const HELP = `
npm run replay -- FILE.csv --device ID --sensor NAME [--speed N|max] [--now] [--again] [--json]

Sends the rows of a CSV file (header: timestamp,value) as messages of a device, with a reading of one sensor each, and
ends when the platform has receipted all of them. Instants are "2013-12-02 21:15:00" (UTC), ISO 8601, or milliseconds
since 1970; every bad line is named before anything is sent.

  --device ID     a device of this instance; one that is simulated is taken over while the replay lasts, one that the
                  ledger does not know is registered by admin@manufacturer (tenant demo, type generic)
  --sensor NAME   what the values are, such as temperature
  --speed N|max   N times as quickly as in the file (60: a minute in a second), or as quickly as it goes; default max
  --now           move all instants, so that the last one is this moment
  --again         send a file once more that this device has sent before
  --json          one JSON object as the last line: sent, receipted, seconds, and outcome, rows, already, refused, trouble

Ctrl-C keeps what was begun in the device's store, and with it how far the file was read: the same command goes on
behind the last row, and no row is stored twice. A file that was sent to its end is not sent again by chance either.
  sent       messages of the file that this run sent     already  rows that earlier runs had brought into the database
  receipted  of the file, committed during this run      refused  of the file, for good, by code, all runs together

Exit code 0 when all rows are in the database; 1 when not, whatever the reason; 2 for an unknown option; 130 when it
was interrupted.
`;

await runCommand({
  help: HELP,
  options: {
    device: { type: 'string' },
    sensor: { type: 'string' },
    speed: { type: 'string', default: 'max' },
    now: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  async run({ values, positionals }) {
    const args = checkArguments({ device: undefined, sensor: undefined, ...values, positionals });
    const interrupt = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        interrupt.abort();
      });
    }
    const result = await run(args, interrupt.signal);
    process.stderr.write(`${describe(args, result)}\n`);
    if (values.json) printJson(result);
    return exitCode(result);
  },
});

async function run(args: ReplayArguments, interrupt: AbortSignal): Promise<ReplayResult> {
  const home = openHome();
  const series = await survey(args.file);
  const say = (text: string): void => {
    process.stderr.write(`${text}\n`);
  };
  const owner = await enrol(home, args.device, say);
  return replay(args, { home, owner, series, say, interrupt, progress: process.stderr });
}

async function survey(file: string): Promise<SeriesSummary> {
  const series = await surveySeries(file).catch((cause: unknown) => {
    throw new BiotError('INVALID_ARGUMENT', `cannot read ${file}`, { cause });
  });
  const { bad, rows } = series;
  if (bad.count > 0) {
    throw new BiotError(
      'INVALID_ARGUMENT',
      `nothing is sent, ${file} has ${bad.count} bad lines:\n${bad.describe()}`,
    );
  }
  if (rows === 0) throw new BiotError('INVALID_ARGUMENT', `${file} has no rows`);
  return series;
}

function describe({ device }: ReplayArguments, result: ReplayResult): string {
  const { outcome, rows, already, sent, receipted, seconds, trouble } = result;
  const rate = seconds > 0 ? Math.round(receipted / seconds) : 0;
  const before = already > 0 ? `, ${already} of ${rows} rows were there already` : '';
  const counts = `${sent} messages sent as ${device}, ${receipted} receipted in ${seconds.toFixed(1)} s (${rate} a second)${before}`;
  const refusals = Object.entries(result.refused).map(([code, count]) => `${count} refused: ${code}`);
  const rest = {
    complete: [],
    interrupted: ['interrupted: the same command goes on from here'],
    stalled: [`nothing gets on any more${trouble && ` (${trouble})`}: the same command goes on from here`],
  }[outcome];
  return [counts, ...refusals, ...rest].join('\n');
}

function exitCode({ outcome, refused }: ReplayResult): number {
  if (outcome === 'interrupted') return EXIT.interrupted;
  return outcome === 'complete' && Object.keys(refused).length === 0 ? EXIT.done : EXIT.failed;
}
