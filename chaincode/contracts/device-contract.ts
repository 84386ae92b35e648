import { Context, Info, Returns, Transaction } from 'fabric-contract-api';
import { z } from 'zod';

import {
  type Device,
  type DeviceChange,
  type DeviceStatus,
  labelsSchema,
  MAX_REGISTRATIONS,
  reasonSchema,
  registrationSchema,
} from '../protocol/device.ts';
import { hashHexSchema } from '../protocol/hash.ts';
import { deviceIdSchema, organisationSchema } from '../protocol/identifiers.ts';
import type { Action } from '../protocol/policy/actions.ts';
import { resourceOf } from '../protocol/policy/device-resource.ts';
import { serves } from '../protocol/tenants.ts';
import { decimalSchema, parseArgument, parseJsonArgument } from './arguments.ts';
import { callerOf, Judge, requirePermission } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { CodedContract } from './coded-contract.ts';
import {
  accepted,
  type Change,
  changeDevice,
  changeDevices,
  keptBack,
  labelled,
  offered,
  provisionedAnew,
  withKey,
  withStatus,
} from './device-changes.ts';
import { findDevice, pageOfDevices, pastOf } from './device-records.ts';
import { takenKeys } from './device-keys.ts';
import { addDevices, newDevice } from './device-registration.ts';
import { requireTypes } from './type-records.ts';

const MAX_PAGE = 1000;

/** The key itself is judged by `checkPublicKey`, so that every bad key is a KEY_INVALID. */
const registrationsSchema = z
  .array(registrationSchema.extend({ publicKey: z.string() }))
  .min(1)
  .max(MAX_REGISTRATIONS);
const idsSchema = z
  .array(deviceIdSchema)
  .min(1)
  .max(MAX_REGISTRATIONS)
  .refine((ids) => new Set(ids).size === ids.length, 'an id is there twice');
const pageSizeSchema = decimalSchema({ minimum: 1, maximum: MAX_PAGE });
const bookmarkSchema = z.union([z.literal(''), deviceIdSchema]);
const fingerprintsSchema = z.array(hashHexSchema).min(1).max(MAX_PAGE);
const overlapSchema = z.union([z.literal(''), z.iso.datetime()]);

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
    const judge = await Judge.of(ctx, 'device:register');
    const registered = registrations.map((registration) =>
      newDevice(ctx, registration, {
        org: judge.subject.org,
        by: judge.subject,
        status: 'registered',
        reason: 'registered',
      }),
    );
    for (const device of registered) judge.require(resourceOf(device));
    await requireTypes(ctx, registered);
    await addDevices(ctx, registered);
    return canonicalJson(registered);
  }

  /** registered or suspended -> active; the changed Device. */
  @Transaction()
  @Returns('string')
  async Activate(ctx: Context, id: string, reason: string): Promise<string> {
    return changeStatus(ctx, { id, reason, action: 'device:activate', status: 'active' });
  }

  /** The same of 1 to 500 devices, all or none: string[] of ids -> Device[]. */
  @Transaction()
  @Returns('string')
  async ActivateAll(ctx: Context, idsJson: string, reason: string): Promise<string> {
    const ids = parseJsonArgument('ids', idsSchema, idsJson);
    const change = statusChange({ reason, action: 'device:activate', status: 'active' });
    return canonicalJson(await changeDevices(ctx, ids, change));
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

  /**
   * Gives a device another key; the changed Device. The old one works until `overlapUntil` (ISO 8601, at most 30 days
   * ahead), so that a device which is away can come for the new one; empty: it does not work from now on.
   */
  @Transaction()
  @Returns('string')
  async RotateKey(ctx: Context, id: string, publicKey: string, overlapUntil: string): Promise<string> {
    const until = parseArgument('overlapUntil', overlapSchema, overlapUntil);
    return changeDevice(ctx, id, {
      action: 'device:rotate-key',
      reason: 'key rotated',
      become: (device) => withKey(ctx, device, { key: publicKey, overlapUntil: until }),
    });
  }

  /** A new key and the next epoch, for a device that was wiped or replaced; the changed Device. */
  @Transaction()
  @Returns('string')
  async Reprovision(ctx: Context, id: string, publicKey: string, reason: string): Promise<string> {
    return changeDevice(ctx, id, {
      action: 'device:reprovision',
      reason: parseArgument('reason', reasonSchema, reason),
      become: (device) => provisionedAnew(device, publicKey),
    });
  }

  /**
   * Sets groups and tags, Labels as JSON; the changed Device. Rules may be about groups: the caller has to have the right
   * in those that it leaves, and in those that it comes to.
   */
  @Transaction()
  @Returns('string')
  async Label(ctx: Context, id: string, labelsJson: string): Promise<string> {
    const labels = parseJsonArgument('labels', labelsSchema, labelsJson);
    return changeDevice(ctx, id, {
      action: 'device:label',
      reason: 'labelled',
      become: (device, judge) => {
        const after = labelled(device, labels);
        judge.require(resourceOf(after));
        return after;
      },
    });
  }

  /** The owner offers a device to another organisation, which has to accept it; the changed Device. */
  @Transaction()
  @Returns('string')
  async Transfer(ctx: Context, id: string, to: string, reason: string): Promise<string> {
    const organisation = parseArgument('to', organisationSchema, to);
    return changeDevice(ctx, id, {
      action: 'device:transfer',
      reason: parseArgument('reason', reasonSchema, reason),
      become: (device, { subject }) => offered(ctx, device, { to: organisation, by: subject.name }),
    });
  }

  /** The owner takes its offer back; the changed Device. */
  @Transaction()
  @Returns('string')
  async CancelTransfer(ctx: Context, id: string, reason: string): Promise<string> {
    return changeDevice(ctx, id, {
      action: 'device:transfer',
      reason: parseArgument('reason', reasonSchema, reason),
      become: keptBack,
    });
  }

  /** The other organisation accepts, and owns the device from then on; the changed Device. */
  @Transaction()
  @Returns('string')
  async AcceptTransfer(ctx: Context, id: string, reason: string): Promise<string> {
    return changeDevice(ctx, id, {
      action: 'device:accept',
      reason: parseArgument('reason', reasonSchema, reason),
      become: (device, { subject }) => accepted(device, subject),
    });
  }

  /** -> Device */
  @Transaction(false)
  @Returns('string')
  async Get(ctx: Context, id: string): Promise<string> {
    return canonicalJson(await readableDevice(ctx, id));
  }

  /**
   * -> DevicePage, in the order of `byLot`. `bookmark` is empty for the first page, then what the page before gave; an empty
   * one in the answer says that this was the last page. Devices that the caller may not read are left out.
   */
  @Transaction(false)
  @Returns('string')
  async List(ctx: Context, pageSize: string, bookmark: string): Promise<string> {
    const size = parseArgument('pageSize', pageSizeSchema, pageSize);
    const from = parseArgument('bookmark', bookmarkSchema, bookmark);
    const judge = await Judge.of(ctx, 'device:read');
    const wanted = (device: Device): boolean => judge.decide(resourceOf(device)).allowed;
    const { records, next } = await pageOfDevices(ctx.stub, { from, size, wanted });
    return canonicalJson({ devices: records, bookmark: next });
  }

  /**
   * string[] -> string[]: of 1 to 1,000 fingerprints of keys, those that no further device can become active with. It
   * tells no more than trying to would.
   */
  @Transaction(false)
  @Returns('string')
  async TakenKeys(ctx: Context, fingerprintsJson: string): Promise<string> {
    const fingerprints = parseJsonArgument('fingerprints', fingerprintsSchema, fingerprintsJson);
    callerOf(ctx);
    return canonicalJson(await takenKeys(ctx, fingerprints));
  }

  /**
   * -> DeviceChange[], newest first. What it was as another tenant's is not told.
   */
  @Transaction(false)
  @Returns('string')
  async History(ctx: Context, id: string): Promise<string> {
    const device = await readableDevice(ctx, id);
    const { tenants } = callerOf(ctx);
    const changes: DeviceChange[] = [];
    for await (const [transaction, state] of pastOf(ctx.stub, device.id)) {
      if (!serves(tenants, state.tenant)) continue;
      changes.push({ transaction, timestamp: state.updatedAt, device: state });
    }
    return canonicalJson(changes);
  }
}

interface StatusChange {
  reason: string;
  action: Action;
  status: DeviceStatus;
}

function changeStatus(ctx: Context, { id, ...change }: StatusChange & { id: string }): Promise<string> {
  return changeDevice(ctx, id, statusChange(change));
}

function statusChange({ reason, action, status }: StatusChange): Change {
  return {
    action,
    reason: parseArgument('reason', reasonSchema, reason),
    become: (device) => withStatus(device, status),
  };
}

/** The device, once it is sure that the caller may see it. */
async function readableDevice(ctx: Context, id: string): Promise<Device> {
  const device = await findDevice(ctx, parseArgument('id', deviceIdSchema, id));
  await requirePermission(ctx, 'device:read', resourceOf(device));
  return device;
}
