import type { LedgerClient } from '../network/ledger/client.ts';
import { claimLedger, voucherLedger } from '../network/ledger/onboarding.ts';
import { policyLedger } from '../network/ledger/policies.ts';
import { registryLedger } from '../network/ledger/registry.ts';
import { typeLedger } from '../network/ledger/types.ts';
import type { MemberLedger } from './auth/sessions.ts';
import type { MemberCredentials } from './auth/sign-in.ts';

/**
 * Lets members act for themselves over the gateway's own connection: what they change is signed with their key, and
 * the contracts judge by their certificate. The gateway's own certificate may change nothing.
 */
export function memberLedgers(service: Pick<LedgerClient, 'actingAs'>) {
  return ({ subject, certificate, privateKey }: MemberCredentials): MemberLedger => {
    const client = service.actingAs({ identity: { mspId: subject.org, certificate }, signer: privateKey });
    return {
      registry: registryLedger(client),
      types: typeLedger(client),
      policies: policyLedger(client, 'registry'),
      claims: claimLedger(client),
      vouchers: voucherLedger(client),
      close: () => {
        client.close();
      },
    };
  };
}
