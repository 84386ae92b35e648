import type { Home } from '../../network/home/home.ts';
import { connectLedger, type LedgerClient } from '../../network/ledger/client.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';

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
