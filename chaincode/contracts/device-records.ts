/**
 * The devices as the ledger's state holds them. Each has a record under (its lot, its id), but for those that were
 * registered together with others of their lot: they are one record, under (the lot), which never changes; a device has
 * its own from its first change on, and that is the one which counts. Keys put a lot's record before those of its devices.
 */
import type { Context } from 'fabric-contract-api';
import { z } from 'zod';

import { type Device, deviceSchema, unknownDevice } from '../protocol/device.ts';
import { byLot, lotOf } from '../protocol/device-lot.ts';
import { BiotError } from '../protocol/errors.ts';
import { serves, type Tenants } from '../protocol/tenants.ts';
import { callerOf } from './caller.ts';
import { Collection, type Page, pageOf } from './collection.ts';

type Stub = Context['stub'];

const records = new Collection('device', z.union([z.array(deviceSchema), deviceSchema]));
/** The most records to ask for at one time: a peer hands them to a contract a hundred at once. */
const AT_ONCE = 100;
/** So many devices of a lot are read with it, at once: each by itself is a question to the peer, or two. */
const WORTH_A_RANGE = 3;

/** Where a device may be, what counts first. */
function placesOf(id: string): string[][] {
  return [[lotOf(id), id], [lotOf(id)]];
}

export async function lookUp(stub: Stub, id: string): Promise<Device | undefined> {
  for (const place of placesOf(id)) {
    const found = devicesIn(await records.get(stub, place)).find((device) => device.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

function devicesIn(record: Device | Device[] | undefined): Device[] {
  return record === undefined ? [] : [record].flat();
}

/** A device of the caller's tenants. @throws BiotError DEVICE_UNKNOWN, or FORBIDDEN when the caller is no member */
export async function findDevice(ctx: Context, id: string): Promise<Device> {
  const { tenants } = callerOf(ctx);
  return ofTenants(tenants, id, await lookUp(ctx.stub, id));
}

/** Several of them, in this order. */
export async function findDevices(ctx: Context, ids: readonly string[]): Promise<Device[]> {
  const { tenants } = callerOf(ctx);
  const found = await lookUpAll(ctx.stub, ids);
  return ids.map((id) => ofTenants(tenants, id, found.get(id)));
}

/** Devices of whatever tenant, for who may have them by other means. @throws BiotError DEVICE_UNKNOWN */
export async function findAnyDevices({ stub }: Context, ids: readonly string[]): Promise<Device[]> {
  const found = await lookUpAll(stub, ids);
  return ids.map((id) => ofTenants('*', id, found.get(id)));
}

/** What another tenant has is answered for as what is not there. @throws BiotError DEVICE_UNKNOWN */
export function ofTenants(tenants: Tenants, id: string, device: Device | undefined): Device {
  if (device === undefined || !serves(tenants, device.tenant)) throw unknownDevice(id);
  return device;
}

/** Those of these devices that there are. */
export async function lookUpAll(stub: Stub, ids: readonly string[]): Promise<ReadonlyMap<string, Device>> {
  const found = new Map<string, Device>();
  // One after another: a refusal must not leave the peer with reads of a transaction that has ended.
  for (const [lot, members] of Map.groupBy(new Set(ids), lotOf)) {
    const there = members.length < WORTH_A_RANGE ? await oneByOne(stub, members) : await wholeLot(stub, lot);
    for (const device of there) found.set(device.id, device);
  }
  return found;
}

async function oneByOne(stub: Stub, ids: readonly string[]): Promise<Device[]> {
  const found: Device[] = [];
  for (const id of ids) {
    const device = await lookUp(stub, id);
    if (device !== undefined) found.push(device);
  }
  return found;
}

/** Whoever changes, or adds, a device of the lot meanwhile makes the transaction void. A device's own record comes last. */
async function wholeLot(stub: Stub, lot: string): Promise<Device[]> {
  return (await records.all(stub, [lot])).flatMap(devicesIn);
}

/** What it was, newest first (the order of Fabric's history since 2.0), each with the transaction that made it so. */
export async function* pastOf(
  stub: Stub,
  id: string,
): AsyncGenerator<readonly [transaction: string, device: Device]> {
  for (const place of placesOf(id)) {
    for await (const { txId, value } of stub.getHistoryForKey(records.key(stub, place))) {
      for (const device of devicesIn(records.decode(value))) if (device.id === id) yield [txId, device];
    }
  }
}

/** A page in the ledger's order of ids (`byLot`), from the device `from` on. Only to be evaluated. */
export function pageOfDevices(
  stub: Stub,
  { from, ...options }: { from: string; size: number; wanted: (device: Device) => boolean },
): Promise<Page<Device>> {
  const start = from === '' ? [] : [lotOf(from)];
  const entries = records.walk(stub, [], { start, size: Math.min(AT_ONCE, options.size + 1) });
  return pageOf(devicesFrom(entries, from), options);
}

type Entries = AsyncIterable<readonly [place: string, record: Device | Device[]]>;

async function* devicesFrom(
  entries: Entries,
  from: string,
): AsyncGenerator<readonly [id: string, device: Device]> {
  for await (const lot of lots(entries)) {
    for (const device of lot) if (from === '' || byLot(device.id, from) >= 0) yield [device.id, device];
  }
}

/** The devices lot by lot, each lot by id. */
async function* lots(entries: Entries): AsyncGenerator<Device[]> {
  let lot = new Map<string, Device>();
  for await (const [, record] of entries) {
    for (const device of devicesIn(record)) {
      const [first] = lot.keys();
      if (first !== undefined && lotOf(first) !== lotOf(device.id)) {
        yield inOrder(lot);
        lot = new Map();
      }
      // Its own record comes after the lot's.
      lot.set(device.id, device);
    }
  }
  yield inOrder(lot);
}

function inOrder(lot: ReadonlyMap<string, Device>): Device[] {
  return [...lot.values()].sort((left, right) => byLot(left.id, right.id));
}

export async function putDevice(stub: Stub, device: Device): Promise<void> {
  await records.put(stub, [lotOf(device.id), device.id], device);
}

/** Puts devices that are not there yet. @throws BiotError DEVICE_EXISTS */
export async function putNewDevices(stub: Stub, devices: readonly Device[]): Promise<void> {
  // One after another: a refusal must not leave the peer with reads of a transaction that has ended.
  for (const [name, lot] of Map.groupBy(devices, ({ id }) => lotOf(id))) {
    if (await isNew(stub, name, lot)) await records.put(stub, [name], lot);
    else for (const device of lot) await putDevice(stub, device);
  }
}

/** Whether they can be the record of their lot, which is written once. @throws BiotError DEVICE_EXISTS */
async function isNew(stub: Stub, name: string, lot: readonly Device[]): Promise<boolean> {
  const [only, ...others] = lot;
  if (only !== undefined && others.length === 0) {
    await refuseExisting(stub, only.id);
    return false;
  }
  // Whoever changes, or adds, a device of the lot meanwhile makes this void: so it is not read for a single one.
  const there = await records.all(stub, [name]);
  const ids = new Set(there.flatMap(devicesIn).map(({ id }) => id));
  for (const { id } of lot) if (ids.has(id)) throw exists(id);
  return !there.some(Array.isArray);
}

/** @throws BiotError DEVICE_EXISTS */
export async function refuseExisting(stub: Stub, id: string): Promise<void> {
  if ((await lookUp(stub, id)) !== undefined) throw exists(id);
}

function exists(id: string): BiotError {
  return new BiotError('DEVICE_EXISTS', `device ${id} is registered already`);
}
