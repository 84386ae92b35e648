import type { Home } from '../../network/home/home.ts';
import { connectLedger, type LedgerClient } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { type Ran, runProgram } from './instance.ts';

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

export function enrolMember(...args: string[]): Promise<Ran> {
  return runProgram('scripts/consortium/enrol-member.sh', args);
}

/** The password that enrolling or renewing a person showed. */
export function passwordIn({ code, out, error }: Ran): string {
  const [, password] = /^password: (\S+)/m.exec(out) ?? [];
  if (code !== 0 || password === undefined) throw new Error(error);
  return password;
}
