/** What may become of a device that is registered: each change as a function of its record. */
import type { Context } from 'fabric-contract-api';

import {
  type Device,
  DEVICES_EVENT,
  type DeviceStatus,
  type Labels,
  MAX_KEY_OVERLAP_DAYS,
  MAX_RETIRED_KEYS,
  mayBecome,
} from '../protocol/device.ts';
import { BiotError } from '../protocol/errors.ts';
import { deviceIdSchema } from '../protocol/identifiers.ts';
import type { Action } from '../protocol/policy/actions.ts';
import { resourceOf } from '../protocol/policy/device-resource.ts';
import type { Subject } from '../protocol/policy/request.ts';
import { type CheckedKey, checkPublicKey } from '../protocol/public-key.ts';
import { parseArgument } from './arguments.ts';
import { Judge } from './caller.ts';
import { canonicalJson } from '../protocol/canonical-json.ts';
import { type DeviceStep, takeKeys } from './device-keys.ts';
import { findDevices, putDevice } from './device-records.ts';
import { proposalInstant } from './proposal-instant.ts';

const DAY_MS = 86_400_000;

/** What every change writes into the record: when, why, by whom, in which transaction. */
type Mark = Pick<Device, 'updatedAt' | 'reason' | 'by' | 'transaction'>;

export function markOf(ctx: Context, { name }: Subject, reason: string): Mark {
  return { updatedAt: proposalInstant(ctx), reason, by: name, transaction: ctx.stub.getTxID() };
}

/** Puts devices as they become, with the keys that they need for it. @throws BiotError KEY_TAKEN */
export async function writeDevices(ctx: Context, steps: readonly DeviceStep[]): Promise<void> {
  await takeKeys(ctx, steps);
  const changed = steps.map(({ after }) => after);
  for (const device of changed) await putDevice(ctx.stub, device);
  announceDevices(ctx, changed);
}

/** Tells the channel. A transaction has one event: all devices that it changes are in it. */
export function announceDevices({ stub }: Context, devices: readonly Device[]): void {
  stub.setEvent(DEVICES_EVENT, Buffer.from(canonicalJson({ devices })));
}

export interface Change {
  readonly action: Action;
  readonly reason: string;
  /** What becomes of the record; throws BiotError when that is not possible. */
  readonly become: (device: Device, judge: Judge) => Device;
}

/** Changes a device that is not revoked, once it is sure that the caller may: -> the changed Device, as JSON. */
export async function changeDevice(ctx: Context, id: string, change: Change): Promise<string> {
  const [changed] = await changeDevices(ctx, [parseArgument('id', deviceIdSchema, id)], change);
  return canonicalJson(changed);
}

/** The same of several, all or none. @returns them as they are now */
export async function changeDevices(
  ctx: Context,
  ids: readonly string[],
  { action, reason, become }: Change,
): Promise<Device[]> {
  const devices = await findDevices(ctx, ids);
  const judge = await Judge.of(ctx, action);
  const mark = markOf(ctx, judge.subject, reason);
  const steps = devices.map((before) => {
    judge.require(resourceOf(before));
    if (before.status === 'revoked') throw illegal(`${before.id} is revoked, for good`);
    return { before, after: { ...become(before, judge), ...mark } };
  });
  await writeDevices(ctx, steps);
  return steps.map(({ after }) => after);
}

function illegal(message: string): BiotError {
  return new BiotError('TRANSITION_ILLEGAL', message);
}

export function withStatus(device: Device, status: DeviceStatus): Device {
  if (!mayBecome(device.status, status)) {
    throw illegal(`${device.id} is ${device.status}: it cannot become ${status}`);
  }
  return status === 'revoked' ? { ...device, status, ...over(device) } : { ...device, status };
}

/** What waited for a later day ends with the device: an offer, and the key that worked beside the new one. */
function over({
  previousKey,
  retiredKeys,
}: Device): Pick<Device, 'transfer' | 'previousKey' | 'retiredKeys'> {
  const last = previousKey === null ? [] : [previousKey.keyFingerprint];
  return { transfer: null, previousKey: null, retiredKeys: [...retiredKeys, ...last] };
}

/** @param overlapUntil until when the old key works, too; empty: not from now on */
export function withKey(
  ctx: Context,
  device: Device,
  { key, overlapUntil }: { key: string; overlapUntil: string },
): Device {
  const { publicKey, keyFingerprint } = device;
  const next = anotherKey(device, key);
  if (overlapUntil === '') return { ...device, ...next, previousKey: null, retiredKeys: retired(device) };
  if (device.status === 'registered') {
    throw new BiotError(
      'INVALID_ARGUMENT',
      `overlapUntil: ${device.id} was never active, so its old key never worked`,
    );
  }
  const overlap = Date.parse(overlapUntil) - Date.parse(proposalInstant(ctx));
  if (!(overlap > 0 && overlap <= MAX_KEY_OVERLAP_DAYS * DAY_MS)) {
    throw new BiotError(
      'INVALID_ARGUMENT',
      `overlapUntil: the old key may work for another ${MAX_KEY_OVERLAP_DAYS} days at most, and not in the past`,
    );
  }
  const previousKey = { publicKey, keyFingerprint, until: overlapUntil };
  return { ...device, ...next, previousKey, retiredKeys: retired(device).slice(0, -1) };
}

/**
 * The keys that the device took so far, of which none may come back: neither the one that goes now nor the one before
 * it. One that was never active took none.
 */
function retired({ id, status, keyFingerprint, previousKey, retiredKeys }: Device): string[] {
  if (status === 'registered') return retiredKeys;
  const before = previousKey === null ? [] : [previousKey.keyFingerprint];
  const all = [...retiredKeys, ...before, keyFingerprint];
  if (all.length > MAX_RETIRED_KEYS) {
    throw new BiotError(
      'KEY_INVALID',
      `${id} has had ${MAX_RETIRED_KEYS} keys: register it under another id`,
    );
  }
  return all;
}

function anotherKey(device: Device, key: string): CheckedKey {
  const { id, keyFingerprint, previousKey, retiredKeys } = device;
  const next = checkPublicKey(key);
  if (next.keyFingerprint === keyFingerprint)
    throw new BiotError('KEY_INVALID', `${id} has this key already: it takes a new one`);
  if ([previousKey?.keyFingerprint, ...retiredKeys].includes(next.keyFingerprint))
    throw new BiotError('KEY_INVALID', `${id} had this key before: it is retired for good`);
  return next;
}

/** A device that was wiped or replaced: a new key, at once, and its messages are numbered from 1 again. */
export function provisionedAnew(device: Device, key: string): Device {
  const next = anotherKey(device, key);
  return { ...device, ...next, previousKey: null, retiredKeys: retired(device), epoch: device.epoch + 1 };
}

export function labelled(device: Device, { groups, tags }: Labels): Device {
  return { ...device, groups: [...groups].sort(), tags };
}

/** The first signature of two: the owner's. */
export function offered(ctx: Context, device: Device, { to, by }: { to: string; by: string }): Device {
  if (device.transfer !== null) throw illegal(`${device.id} is offered to ${device.transfer.to} already`);
  if (to === device.org) throw new BiotError('INVALID_ARGUMENT', `to: ${device.id} is ${to}'s already`);
  return { ...device, transfer: { to, by, at: proposalInstant(ctx) } };
}

/** The second: of the organisation that it was offered to, and of no other, whatever the policy allows. */
export function accepted(device: Device, { org }: Subject): Device {
  const { transfer } = device;
  if (transfer === null) throw illegal(`${device.id} is offered to nobody`);
  if (transfer.to !== org)
    throw new BiotError('FORBIDDEN', `${device.id} is offered to ${transfer.to}, not to ${org}`);
  return { ...device, org, transfer: null };
}

export function keptBack(device: Device): Device {
  if (device.transfer === null) throw illegal(`${device.id} is offered to nobody`);
  return { ...device, transfer: null };
}
