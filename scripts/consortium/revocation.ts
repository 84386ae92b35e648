/**
 * Part of revoke-member.sh: prints the change by which an organisation takes certificates of a member back in a channel,
 * as JSON. The block with the channel's configuration, in configtxlator's JSON, is on standard input.
 */
import { text } from 'node:stream/consumers';

import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import { openHome } from '../../network/home/home.ts';
import { organisationsOf } from '../../network/home/membership.ts';
import { openAuthority } from '../../network/pki/credentials.ts';
import { withRevoked } from '../../network/pki/revocation-list.ts';
import { runCommand } from '../cli/command.ts';
import { type Revocation, revocationListsIn } from './config-change.ts';
import { configBlockSchema } from './config-json.ts';
import { organisationAsked } from './enrolment-request.ts';
import { revokedSerials } from './revoked-certificates.ts';

await runCommand({
  help: 'Part of revoke-member.sh, which says how it is called.',
  options: { as: { type: 'string' }, name: { type: 'string' }, cert: { type: 'string' } },
  async run({ values: { as = '', name, cert } }) {
    const home = openHome();
    const { name: organisation, mspId } = organisationAsked(as, organisationsOf(home));
    const serials = revokedSerials(home, { organisation, name, file: cert });
    const block = configBlockSchema.parse(JSON.parse(await text(process.stdin)));
    const present = revocationListsIn(block.data.data[0].payload.data.config, mspId);
    const lists = await withRevoked(
      openAuthority(organisationCrypto(home, organisation).authority),
      present.map((list) => Buffer.from(list, 'base64')),
      serials,
    );
    const change: Revocation = { kind: 'revoke', mspId, lists: lists.map((list) => list.toString('base64')) };
    process.stdout.write(`${JSON.stringify(change)}\n`);
    return 0;
  },
});
