import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import {
  type Device,
  type DeviceChange,
  DEVICES_EVENT,
  type DeviceStatus,
  MAX_REGISTRATIONS,
  mayBecome,
  reasonSchema,
  type Registration,
  registrationSchema,
} from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { deviceIdSchema } from '../protocol/identifiers.ts';
import type { Action, Subject } from '../protocol/policy.ts';
import { decimalSchema, parseArgument, parseJsonArgument } from './arguments.ts';
import { requirePermission } from './caller.ts';
import { canonicalJson } from './canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import { devices, findDevice, unknownDevice } from './device-records.ts';
import { checkPublicKey } from './public-key.ts';

const MAX_PAGE = 1000;

/** The key itself is judged by `checkPublicKey`, so that every bad key is a KEY_INVALID. */
const registrationsSchema = z
  .array(registrationSchema.extend({ publicKey: z.string() }))
  .min(1)
  .max(MAX_REGISTRATIONS);
const pageSizeSchema = decimalSchema({ minimum: 1, maximum: MAX_PAGE });
const bookmarkSchema = z.union([z.literal(''), deviceIdSchema]);

/** The registry of devices. All results are JSON texts; shapes and events are in `protocol/device.ts`. */
@Info({ title: 'DeviceContract', description: 'Identities of devices: register, change, read' })
export class DeviceContract extends CodedContract {
  constructor() {
    super('DeviceContract');
  }

  /** Registers 1 to 500 new devices as the caller's organisation's, all or none: Registration[] -> Device[]. */
  @Transaction()
  @Returns('string')
  async Register(ctx: Context, devicesJson: string): Promise<string> {
    const registrations = parseJsonArgument('devices', registrationsSchema, devicesJson);
    const caller = requirePermission(ctx, 'device:register', { org: ctx.clientIdentity.getMSPID() });
    refuseRepetition(registrations);
    const registered = registrations.map((registration) => newDevice(ctx, caller, registration));
    // One after another: a refusal must not leave the peer with reads of a transaction that has ended.
    for (const { id } of registered) await refuseExisting(ctx, id);
    await write(ctx, registered);
    return canonicalJson(registered);
  }

  /** registered or suspended -> active; the changed Device. */
  @Transaction()
  @Returns('string')
  async Activate(ctx: Context, id: string, reason: string): Promise<string> {
    return changeStatus(ctx, { id, reason, action: 'device:activate', status: 'active' });
  }

  /** active -> suspended; the changed Device. */
  @Transaction()
  @Returns('string')
  async Suspend(ctx: Context, id: string, reason: string): Promise<string> {
    return changeStatus(ctx, { id, reason, action: 'device:suspend', status: 'suspended' });
  }

  /** Any status -> revoked, for good; the changed Device. */
  @Transaction()
  @Returns('string')
  async Revoke(ctx: Context, id: string, reason: string): Promise<string> {
    return changeStatus(ctx, { id, reason, action: 'device:revoke', status: 'revoked' });
  }

  /** Gives a device that is not revoked another key; the changed Device. */
  @Transaction()
  @Returns('string')
  async RotateKey(ctx: Context, id: string, publicKey: string): Promise<string> {
    const { device, caller } = await deviceToChange(ctx, id, 'device:rotate-key');
    if (device.status === 'revoked') throw illegal(`${device.id} is revoked: it keeps its key`);
    const changed = { ...device, ...checkPublicKey(publicKey), ...change(ctx, caller, 'key rotated') };
    await write(ctx, [changed]);
    return canonicalJson(changed);
  }

  /** -> Device */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, id: string): Promise<string> {
    const device = parseArgument('id', deviceIdSchema, id);
    requirePermission(ctx, 'device:read', { device });
    return canonicalJson(await findDevice(ctx, device));
  }

  /**
   * -> DevicePage, ordered by id. `bookmark` is empty for the first page, then what the page before gave; an empty
   * one in the answer says that this was the last page.
   */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context, pageSize: string, bookmark: string): Promise<string> {
    const size = parseArgument('pageSize', pageSizeSchema, pageSize);
    const from = parseArgument('bookmark', bookmarkSchema, bookmark);
    requirePermission(ctx, 'device:read');
    const { records, next } = await devices.page(ctx.stub, [], { from, size });
    return canonicalJson({ devices: records, bookmark: next });
  }

  /** -> DeviceChange[], newest first (the order of Fabric's history since 2.0). */
  @Transaction(false)
  @Returns('string')
  async History(ctx: Context, id: string): Promise<string> {
    const device = parseArgument('id', deviceIdSchema, id);
    requirePermission(ctx, 'device:read', { device });
    const changes: DeviceChange[] = [];
    for await (const { txId, value } of ctx.stub.getHistoryForKey(devices.key(ctx.stub, [device]))) {
      const state = devices.decode(value);
      changes.push({ transaction: txId, timestamp: state.updatedAt, device: state });
    }
    if (changes.length === 0) throw unknownDevice(device);
    return canonicalJson(changes);
  }
}

function refuseRepetition(registrations: readonly Registration[]): void {
  const seen = new Set<string>();
  for (const { id } of registrations) {
    if (seen.has(id)) throw new BiotError('INVALID_ARGUMENT', `devices: ${id} is there twice`);
    seen.add(id);
  }
}

async function refuseExisting({ stub }: Context, id: string): Promise<void> {
  if ((await devices.get(stub, [id])) !== undefined) {
    throw new BiotError('DEVICE_EXISTS', `device ${id} is registered already`);
  }
}

function newDevice(ctx: Context, caller: Subject, { id, tenant, type, publicKey }: Registration): Device {
  const changed = change(ctx, caller, 'registered');
  return {
    id,
    tenant,
    type,
    org: caller.org,
    ...checkPublicKey(publicKey),
    status: 'registered',
    epoch: 1,
    registeredAt: changed.updatedAt,
    ...changed,
  };
}

/** What every change writes into the record: when, why, by whom, in which transaction. */
function change(
  ctx: Context,
  { name }: Subject,
  reason: string,
): Pick<Device, 'updatedAt' | 'reason' | 'by' | 'transaction'> {
  return { updatedAt: proposalInstant(ctx), reason, by: name, transaction: ctx.stub.getTxID() };
}

/**
 * The instant that the client wrote into its proposal, as ISO 8601. It is the client's word, and a peer takes any:
 * one that our own schema could not read back would spoil the registry for every reader, so it is refused.
 */
function proposalInstant({ stub }: Context): string {
  const instant = stub.getDateTimestamp();
  const year = instant.getUTCFullYear();
  if (!(year >= 1970 && year <= 9999)) {
    throw new BiotError('INVALID_ARGUMENT', "the proposal's timestamp is no date of ours");
  }
  return instant.toISOString();
}

interface StatusChange {
  id: string;
  reason: string;
  action: Action;
  status: DeviceStatus;
}

async function changeStatus(ctx: Context, { id, reason, action, status }: StatusChange): Promise<string> {
  const why = parseArgument('reason', reasonSchema, reason);
  const { device, caller } = await deviceToChange(ctx, id, action);
  if (!mayBecome(device.status, status)) {
    throw illegal(`${device.id} is ${device.status}: it cannot become ${status}`);
  }
  const changed: Device = { ...device, status, ...change(ctx, caller, why) };
  await write(ctx, [changed]);
  return canonicalJson(changed);
}

/** The device, once it is sure that the caller may do this to it. */
async function deviceToChange(
  ctx: Context,
  id: string,
  action: Action,
): Promise<{ device: Device; caller: Subject }> {
  const device = await findDevice(ctx, parseArgument('id', deviceIdSchema, id));
  const { org, tenant } = device;
  return { device, caller: requirePermission(ctx, action, { org, tenant, device: device.id }) };
}

function illegal(message: string): BiotError {
  return new BiotError('TRANSITION_ILLEGAL', message);
}

async function write({ stub }: Context, changed: readonly Device[]): Promise<void> {
  for (const device of changed) await devices.put(stub, [device.id], device);
  stub.setEvent(DEVICES_EVENT, Buffer.from(canonicalJson({ devices: changed })));
}
