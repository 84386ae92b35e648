/** What Fabric's configuration contract (`cscc`) answers about a channel; fabric/core/scc/cscc/configure.go. */
import { common, msp } from '@hyperledger/fabric-protos';
import { revokedIn } from '../pki/revocation-list.ts';

export const CONFIGURATION_CHAINCODE = 'cscc';

/** MSP id to the serial numbers, as `X509Certificate` has them, of what the organisation has taken back. */
export type RevokedCertificates = ReadonlyMap<string, ReadonlySet<string>>;

/** @param answer to `GetChannelConfig`: a Config */
export function decodeRevoked(answer: Uint8Array): RevokedCertificates {
  const channel = common.Config.deserializeBinary(answer).getChannelGroup()?.toObject();
  const application = new Map(channel?.groupsMap).get('Application');
  const organisations = application?.groupsMap.map(([, organisation]) => definitionIn(organisation)) ?? [];
  return new Map(
    organisations.map((organisation) => [
      organisation.getName(),
      new Set(revokedIn(organisation.getRevocationListList_asU8())),
    ]),
  );
}

function definitionIn({ valuesMap }: common.ConfigGroup.AsObject): msp.FabricMSPConfig {
  const value = new Map(valuesMap).get('MSP')?.value ?? '';
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : value;
  return msp.FabricMSPConfig.deserializeBinary(msp.MSPConfig.deserializeBinary(bytes).getConfig_asU8());
}
