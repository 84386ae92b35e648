/**
 * The audit's process: `main.ts REQUEST`, with a request in JSON, prints a report in JSON. Not meant to be called by
 * hand: process.ts starts it within the bounds that it needs, and `npm run audit` is the command.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Home, openHome } from '../home/home.ts';
import { authoritiesOf, memberCredentials } from '../ledger/member-connection.ts';
import { audit } from './audit.ts';
import { peersOf } from './peers.ts';
import type { Report } from './report.ts';
import { type AuditRequest, requestSchema } from './request.ts';
import { callWitness } from './witness.ts';

try {
  const request = requestSchema.parse(JSON.parse(process.argv[2] ?? ''));
  end(0, process.stdout, JSON.stringify(await run(openHome(), request)));
} catch (error) {
  const code = error instanceof BiotError ? error.code : 'INTERNAL';
  end(1, process.stderr, `${code}: ${error instanceof Error ? error.message : String(error)}`);
}

/** Ends with the last word written: the library has no deadlines, and a question to a peer that stalls would go on. */
function end(code: number, stream: NodeJS.WriteStream, word: string): void {
  stream.write(`${word}\n`, () => process.exit(code));
}

async function run(home: Home, { auditor, addresses, scope }: AuditRequest): Promise<Report> {
  const { organisation, certificate, privateKey } = memberCredentials(home, auditor);
  const who = { mspId: organisation.mspId, certificate, privateKey };
  const authorities = authoritiesOf(home);
  const witnesses = peersOf(home, addresses).map((peer) => callWitness(peer, who, authorities));
  try {
    return await audit(witnesses, scope, {
      clock: () => performance.now(),
      pause: async (milliseconds) => {
        await delay(milliseconds);
      },
      random: Math.random,
    });
  } finally {
    for (const witness of witnesses) witness.close();
  }
}
