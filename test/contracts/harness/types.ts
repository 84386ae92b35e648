import type { TypeDefinition } from '../../../chaincode/protocol/device-type.ts';
import type { TestChannel } from './channel.ts';
import { enrolRole } from './members.ts';

/** A type whose devices measure a temperature, but for the fields that are given. */
export function typeDefinition(name: string, fields: Partial<TypeDefinition> = {}): TypeDefinition {
  const sensors: TypeDefinition['sensors'] = [
    { name: 'temperature', unit: '°C', minimum: -40, maximum: 125, dataType: 'number' },
  ];
  return { name, description: 'of a test', sensors, ...fields };
}

/** Puts types, so that devices of these may be registered. They are the manufacturer's. */
export async function putTypes(channel: TestChannel, ...names: string[]): Promise<void> {
  const admin = await enrolRole('manufacturer', 'admin');
  for (const name of names)
    await channel.submit(admin, 'TypeContract:Put', JSON.stringify(typeDefinition(name)));
}
