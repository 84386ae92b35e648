import { EXIT, printJson, runCommand } from './cli/command.ts';
import { checkArguments } from './import/arguments.ts';
import { importFile, type ImportResult } from './import/import.ts';
import { describeResult } from './import/report.ts';

const HELP = `
npm run import -- FILE --as MEMBER [--activate] [--dry-run] [--format csv|json] [--json]

Registers the devices of a file on the ledger for the organisation of MEMBER, such as admin@operator, signed with that
member's key. The whole file is looked at first, and compared with the ledger: with one bad row nothing is registered,
and every bad row is named. Devices that the organisation has just so (key, tenant and type) are skipped, so that a run that
was broken off goes on when it is begun again, and a repeated one registers nothing twice.

  --as MEMBER     who registers; its organisation owns the devices from then on
  --activate      activate them, too, those among them that were registered before: only an active device is given a
                  certificate, and may send
  --dry-run       look at everything, and register nothing
  --format F      csv or json; by the ending of the file's name if not given
  --json          one JSON object as the last line of standard output

CSV: UTF-8, separated by commas, cells quoted where needed (RFC 4180), the first line names the columns, in any order:
  id,tenant,type,public_key,groups,tags
  press-07,acme,thermometer,"-----BEGIN PUBLIC KEY-----\\nMFkwEwYH…\\n-----END PUBLIC KEY-----",hall-7;night,room=12;line=3
public_key is a P-256 public key in PEM, with its line ends as \\n, or base64 of its DER (SubjectPublicKeyInfo).
groups (separated by ;) and tags (name=value;name=value) may be empty or missing. At most 100,000 rows and 64 MiB.

JSON: a list of {"id", "tenant", "type", "publicKey", "groups": ["hall-7"], "tags": {"room": "12"}}; a "line" is then
the place in the list.

Ctrl-C ends it when the transactions under way are done; a second one at once. Either way the same command goes on.

Exit code 0 when all rows are on the ledger (of a dry run: when all could be); 1 when not, whatever the reason; 2 for
an unknown option; 130 when it was interrupted.
`;

await runCommand({
  help: HELP,
  options: {
    as: { type: 'string' },
    format: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    activate: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
  async run({ values: { as: member, format, 'dry-run': dryRun, activate, json }, positionals }) {
    const args = checkArguments({ positionals, member, format, dryRun, activate });
    const interrupt = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        interrupt.abort();
      });
    }
    const result = await importFile(args, { interrupt: interrupt.signal, progress: process.stderr });
    process.stderr.write(`${describeResult(result)}\n`);
    if (json) printJson(result);
    return exitCode(result);
  },
});

function exitCode({ outcome, problems }: ImportResult): number {
  if (outcome === 'interrupted') return EXIT.interrupted;
  const done = outcome === 'complete' || outcome === 'dry run';
  return done && problems.length === 0 ? EXIT.done : EXIT.failed;
}
