import { connect } from '@hyperledger/fabric-gateway';

import { type Device, deviceSchema } from '../../chaincode/protocol/device.ts';
import type { Home } from '../../network/home/home.ts';
import { CHAINCODE } from '../../network/ledger/client.ts';
import { connectPeer } from '../../network/ledger/connection.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { signingWith } from '../../network/ledger/signer.ts';
import { allStatuses } from '../../scripts/platform/processes.ts';

const PEER = 'operator-peer';
const ADMIN = 'admin@manufacturer';

/** Has the peer that gateway and ingest listen to fall silent, with all its connections open. @returns what ends that */
export function silencePeer(home: Home): () => void {
  const pid = allStatuses(home).find(({ name }) => name === PEER)?.pid;
  if (typeof pid !== 'number') throw new Error(`${PEER} does not run`);
  process.kill(pid, 'SIGSTOP');
  return () => {
    process.kill(pid, 'SIGCONT');
  };
}

/** Revokes a device by the two organisations whose peers still answer. */
export async function revokeMeanwhile(home: Home, id: string): Promise<Device> {
  const { identity, signer, ...endpoint } = memberConnection(home, ADMIN);
  const client = connectPeer(endpoint);
  const gateway = connect({
    client,
    identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
    ...signingWith(signer),
  });
  try {
    const result = await gateway
      .getNetwork('registry')
      .getContract(CHAINCODE, 'DeviceContract')
      .submit('Revoke', {
        arguments: [id, 'stolen'],
        endorsingOrganizations: ['ManufacturerMSP', 'AuditorMSP'],
      });
    return deviceSchema.parse(JSON.parse(Buffer.from(result).toString()));
  } finally {
    gateway.close();
    client.close();
  }
}
