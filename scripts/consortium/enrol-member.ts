import { PUBLIC_FILE, writeFileAtomically } from '../../network/home/files.ts';
import { openHome } from '../../network/home/home.ts';
import { organisationsOf } from '../../network/home/membership.ts';
import { connect, homeDatabase } from '../../sql/connect.ts';
import { runCommand } from '../cli/command.ts';
import { readInput } from '../cli/input-file.ts';
import { changesAsked, memberAsked } from './enrolment-request.ts';
import { certify, enrol, remove, renew } from './enrolment.ts';

await runCommand({
  help: 'Part of enrol-member.sh, which says how it is called.',
  options: {
    as: { type: 'string' },
    name: { type: 'string' },
    role: { type: 'string' },
    tenants: { type: 'string' },
    files: { type: 'boolean', default: false },
    renew: { type: 'boolean', default: false },
    remove: { type: 'boolean', default: false },
    csr: { type: 'string' },
    out: { type: 'string' },
  },
  async run({ values }) {
    const home = openHome();
    const member = memberAsked(values, organisationsOf(home));
    const changes = changesAsked(values);
    const database = connect(homeDatabase(home, 'biot'));
    try {
      const registry = { home, database };
      if (values.csr !== undefined) {
        const request = readInput(values.csr);
        hand(await certify(registry, member, { changes, request }), values.out);
        return 0;
      }
      const said = values.remove
        ? await remove(registry, member)
        : await (values.renew ? renew : enrol)(registry, member, changes);
      process.stdout.write(`${said}\n`);
      return 0;
    } finally {
      await database.close();
    }
  },
});

/** The certificate alone is on standard output, so that it can be sent into a file. */
function hand({ certificate, said }: { certificate: string; said: string }, out: string | undefined): void {
  if (out === undefined) process.stdout.write(certificate);
  else writeFileAtomically(out, certificate, PUBLIC_FILE);
  process.stderr.write(`${said}\n`);
}
