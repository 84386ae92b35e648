import { z } from 'zod';
import {
  type Device,
  type DeviceChange,
  deviceChangeSchema,
  type DevicePage,
  devicePageSchema,
  deviceSchema,
  type Labels,
  type Registration,
} from '../../chaincode/protocol/device.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import type { Committed, ContractClient, LedgerCall } from './client.ts';
import { parseResult } from './contract-results.ts';

export type DeviceCommitted = Committed & { readonly device: Device };
export type DevicesCommitted = Committed & { readonly devices: Device[] };

/** The channel `registry` in the platform's words. Refusals bear the contract's codes; see LedgerError for the rest. */
export interface RegistryLedger {
  /** Registers 1 to 500 devices for the caller's organisation: all, or none. */
  register(devices: readonly Registration[]): Promise<DevicesCommitted>;
  activate(id: string, reason: string): Promise<DeviceCommitted>;
  /** Activates 1 to 500 devices: all, or none. */
  activateAll(ids: readonly string[], reason: string): Promise<DevicesCommitted>;
  suspend(id: string, reason: string): Promise<DeviceCommitted>;
  revoke(id: string, reason: string): Promise<DeviceCommitted>;
  /**
   * @param publicKey PEM (SubjectPublicKeyInfo, P-256)
   * @param overlapUntil until when the old key works, too: at most 30 days ahead; without it, not from now on
   */
  rotateKey(id: string, publicKey: string, overlapUntil?: Date): Promise<DeviceCommitted>;
  /** A new key and the next epoch, for a device that was wiped or replaced. */
  reprovision(id: string, publicKey: string, reason: string): Promise<DeviceCommitted>;
  label(id: string, labels: Labels): Promise<DeviceCommitted>;
  /** @param to MSP id of the organisation that is offered the device, and has to accept it */
  transfer(id: string, to: string, reason: string): Promise<DeviceCommitted>;
  cancelTransfer(id: string, reason: string): Promise<DeviceCommitted>;
  acceptTransfer(id: string, reason: string): Promise<DeviceCommitted>;
  get(id: string): Promise<Device>;
  /** @param bookmark empty for the first page, then that of the page before; empty again in the last page */
  list(pageSize: number, bookmark: string): Promise<DevicePage>;
  history(id: string): Promise<DeviceChange[]>;
  /** Of 1 to 1,000 fingerprints of keys those that no further device can have. */
  takenKeys(fingerprints: readonly string[]): Promise<string[]>;
}

export function registryLedger(client: ContractClient): RegistryLedger {
  const change = async (transaction: string, ...args: string[]): Promise<DeviceCommitted> => {
    const { result, ...committed } = await client.submit(deviceCall(transaction, args));
    return { device: parseResult(deviceSchema, result), ...committed };
  };
  const changeAll = async (transaction: string, ...args: string[]): Promise<DevicesCommitted> => {
    const { result, ...committed } = await client.submit(deviceCall(transaction, args));
    return { devices: parseResult(z.array(deviceSchema), result), ...committed };
  };
  const ask = (transaction: string, ...args: string[]): Promise<string> =>
    client.evaluate(deviceCall(transaction, args));
  return {
    register: (devices) => changeAll('Register', JSON.stringify(devices)),
    activate: (id, reason) => change('Activate', id, reason),
    activateAll: (ids, reason) => changeAll('ActivateAll', JSON.stringify(ids), reason),
    suspend: (id, reason) => change('Suspend', id, reason),
    revoke: (id, reason) => change('Revoke', id, reason),
    rotateKey: (id, publicKey, overlapUntil) =>
      change('RotateKey', id, publicKey, overlapUntil?.toISOString() ?? ''),
    reprovision: (id, publicKey, reason) => change('Reprovision', id, publicKey, reason),
    label: (id, labels) => change('Label', id, JSON.stringify(labels)),
    transfer: (id, to, reason) => change('Transfer', id, to, reason),
    cancelTransfer: (id, reason) => change('CancelTransfer', id, reason),
    acceptTransfer: (id, reason) => change('AcceptTransfer', id, reason),
    get: async (id) => parseResult(deviceSchema, await ask('Get', id)),
    list: async (pageSize, bookmark) =>
      parseResult(devicePageSchema, await ask('List', String(pageSize), bookmark)),
    takenKeys: async (fingerprints) =>
      parseResult(z.array(hashHexSchema), await ask('TakenKeys', JSON.stringify(fingerprints))),
    history: async (id) => parseResult(z.array(deviceChangeSchema), await ask('History', id)),
  };
}

function deviceCall(transaction: string, args: readonly string[]): LedgerCall {
  return { channel: 'registry', contract: 'DeviceContract', transaction, args };
}
