import type { Home } from '../../network/home/home.ts';
import { type Committed, connectLedger, type LedgerClient } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { eventually, type Ran, runProgram } from './instance.ts';

/** Members of the demo at the ledger, each through the peer of its own organisation; connected when first named. */
export interface Members {
  as(member: string): LedgerClient;
  close(): void;
}

export function membersOf(home: Home): Members {
  const clients = new Map<string, LedgerClient>();
  return {
    as(member) {
      const client = clients.get(member) ?? connectLedger(memberConnection(home, member));
      clients.set(member, client);
      return client;
    },
    close() {
      for (const client of clients.values()) client.close();
    },
  };
}

/** One for each organisation's peer. */
const AT_EVERY_PEER = ['admin@manufacturer', 'admin@operator', 'auditor@auditor'];

/** What one organisation's peer has committed the others know a moment later: the next step may ask any of them. */
export async function everywhere<Result extends Pick<Committed, 'block'>>(
  members: Members,
  change: Promise<Result>,
): Promise<Result> {
  const committed = await change;
  const known = async (member: string): Promise<boolean> =>
    (await members.as(member).height('registry')) > committed.block;
  for (const member of AT_EVERY_PEER)
    await eventually(() => known(member), `the peer of ${member} to have block ${committed.block}`);
  return committed;
}

export function enrolMember(...args: string[]): Promise<Ran> {
  return runProgram('scripts/consortium/enrol-member.sh', args);
}

/** The password that enrolling or renewing a person showed. */
export function passwordIn({ code, out, error }: Ran): string {
  const [, password] = /^password: (\S+)/m.exec(out) ?? [];
  if (code !== 0 || password === undefined) throw new Error(error);
  return password;
}
