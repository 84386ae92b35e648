import { type Credentials, enrol } from './members.ts';

type Organisation = 'manufacturer' | 'operator';
const MSP = { manufacturer: 'ManufacturerMSP', operator: 'OperatorMSP' };

/** An admin whose certificate says this of its tenants; without: nothing. */
export function adminFor(
  tenants: string | undefined,
  organisation: Organisation = 'manufacturer',
): Promise<Credentials> {
  const attributes = { 'biot.role': 'admin', ...(tenants === undefined ? {} : { 'biot.tenants': tenants }) };
  return enrol({ mspId: MSP[organisation], commonName: `someone@${organisation}`, attributes });
}
