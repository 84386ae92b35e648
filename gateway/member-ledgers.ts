import type { Signer } from '@hyperledger/fabric-gateway';

import { BiotError } from '../chaincode/protocol/errors.ts';
import type { LedgerClient } from '../network/ledger/client.ts';
import { commandLedger } from '../network/ledger/commands.ts';
import { claimLedger, voucherLedger } from '../network/ledger/onboarding.ts';
import { firmwareLedger } from '../network/ledger/firmware.ts';
import { policyLedger } from '../network/ledger/policies.ts';
import { registryLedger } from '../network/ledger/registry.ts';
import { rolloutLedger } from '../network/ledger/rollouts.ts';
import { typeLedger } from '../network/ledger/types.ts';
import { signerFrom } from '../network/ledger/signer.ts';
import type { MemberLedger } from './auth/sessions.ts';
import type { MemberCredentials } from './auth/sign-in.ts';
import type { Metrics } from './metrics.ts';
import { timedLedger } from './timed-ledger.ts';

/**
 * Lets members act for themselves over the gateway's own connection: what they change is signed with their key, and
 * the contracts judge by their certificate. The gateway's own certificate may change nothing.
 *
 * The opened key has one place, and leaves it when the session ends: a request that is still under way then, or
 * anything else that holds the session, signs nothing any more.
 */
export function memberLedgers(service: Pick<LedgerClient, 'actingAs'>, metrics: Pick<Metrics, 'ledger'>) {
  return ({ subject, certificate, privateKey }: MemberCredentials): MemberLedger => {
    let key: Signer | undefined = signerFrom(privateKey);
    const connection = service.actingAs({
      identity: { mspId: subject.org, certificate },
      signer: (message) => {
        if (key === undefined) throw new BiotError('TOKEN_EXPIRED', 'the session has ended: sign in again');
        return key(message);
      },
    });
    const client = timedLedger(connection, metrics);
    return {
      registry: registryLedger(client),
      types: typeLedger(client),
      policies: {
        registry: policyLedger(client, 'registry'),
        anchors: policyLedger(client, 'anchors'),
      },
      claims: claimLedger(client),
      vouchers: voucherLedger(client),
      commands: commandLedger(client),
      firmware: firmwareLedger(client),
      rollouts: rolloutLedger(client),
      certificate,
      close: () => {
        key = undefined;
        connection.close();
      },
    };
  };
}
