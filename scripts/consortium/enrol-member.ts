import { openHome } from '../../network/home/home.ts';
import { organisationsOf } from '../../network/home/membership.ts';
import { connect, homeDatabase } from '../../sql/connect.ts';
import { runCommand } from '../cli/command.ts';
import { changesAsked, memberAsked } from './enrolment-request.ts';
import { enrol, remove, renew } from './enrolment.ts';

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
  },
  async run({ values }) {
    const home = openHome();
    const member = memberAsked(values, organisationsOf(home));
    const changes = changesAsked(values);
    const database = connect(homeDatabase(home, 'biot'));
    try {
      const registry = { home, database };
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
