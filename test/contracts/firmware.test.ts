import { expect } from 'chai';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import {
  firmwareEventSchema,
  type ReleaseContent,
  type ReleaseDraft,
  type SignedRelease,
  signedReleaseSchema,
} from '../../chaincode/protocol/firmware/release.ts';
import { type VendorKey, vendorKeySchema } from '../../chaincode/protocol/firmware/vendor-key.ts';
import {
  newVendor,
  releaseDraft,
  type TestVendor,
  vendorKeyDraft,
} from '../../chaincode/protocol/testing/firmware.ts';
import { type Committed, TestChannel } from './harness/channel.ts';
import { enrolRole } from './harness/members.ts';
import { adminFor } from './harness/tenants.ts';
import { putTypes, typeDefinition } from './harness/types.ts';

type Organisation = 'manufacturer' | 'operator' | 'auditor';

const IMAGE = Buffer.from('an image');

describe('FirmwareContract', () => {
  let channel: TestChannel;
  let vendor: TestVendor;

  beforeEach(async () => {
    channel = await TestChannel.begin('registry');
    await putTypes(channel, 'thermometer', 'press');
    vendor = newVendor();
    await submit(
      'manufacturer',
      'RegisterVendorKey',
      JSON.stringify(vendorKeyDraft(vendor, 'ManufacturerMSP')),
    );
  });

  async function submit(by: Organisation, name: string, ...args: string[]): Promise<Committed> {
    return channel.submit(await enrolRole(by, 'admin'), `FirmwareContract:${name}`, ...args);
  }

  async function refused(by: Organisation, name: string, ...args: string[]): Promise<ErrorCode> {
    return (await channel.refusal(await enrolRole(by, 'admin'), `FirmwareContract:${name}`, ...args)).code;
  }

  function draft(fields: Partial<ReleaseContent> = {}, image: Uint8Array = IMAGE): ReleaseDraft {
    return releaseDraft(vendor, image, fields);
  }

  async function publish(published = draft()): Promise<SignedRelease> {
    return signedReleaseSchema.parse(
      (await submit('manufacturer', 'Publish', JSON.stringify(published))).result,
    );
  }

  const refusedPublish = (published: unknown, by: Organisation = 'manufacturer'): Promise<ErrorCode> =>
    refused(by, 'Publish', JSON.stringify(published));

  async function list(type: string): Promise<SignedRelease[]> {
    const gateway = await enrolRole('operator', 'gateway');
    return signedReleaseSchema.array().parse(await channel.evaluate(gateway, 'FirmwareContract:List', type));
  }

  it('takes a release from its vendor to another organisation’s approval, and tells the channel', async () => {
    const { result, event } = await submit('manufacturer', 'Publish', JSON.stringify(draft()));
    const published = signedReleaseSchema.parse(result);
    expect(published).to.deep.include({
      ...draft(),
      org: 'ManufacturerMSP',
      state: 'published',
      decided: null,
    });
    expect(published.published.name).to.equal('admin@manufacturer');
    const { key, ...release } = published;
    expect(key).to.include({ id: vendor.id, publicKey: vendor.publicKey, state: 'active' });
    expect(event?.name).to.equal('firmware');
    expect(firmwareEventSchema.parse(event?.payload)).to.deep.equal({ releases: [release], keys: [] });

    const approved = signedReleaseSchema.parse((await submit('operator', 'Approve', published.id)).result);
    expect(approved).to.deep.equal({ ...published, state: 'approved', decided: approved.decided });
    expect(approved.decided?.name).to.equal('admin@operator');
    expect(await list('thermometer')).to.deep.equal([approved]);
    expect(await list('press')).to.deep.equal([]);
  });

  it('leaves approval and rejection to another organisation than the one that published', async () => {
    const { id } = await publish();
    expect(await refused('manufacturer', 'Approve', id)).to.equal('FORBIDDEN');
    expect(await refused('manufacturer', 'Reject', id, 'mine')).to.equal('FORBIDDEN');
    const second = await channel.refusal(await adminFor('*'), 'FirmwareContract:Approve', id);
    expect(second.message).to.contain('another organisation');
    const rejected = signedReleaseSchema.parse((await submit('auditor', 'Reject', id, 'no source')).result);
    expect(rejected).to.include({ state: 'rejected', reason: 'no source' });
    expect(await refused('operator', 'Approve', id)).to.equal('TRANSITION_ILLEGAL');
    expect(await refused('manufacturer', 'Withdraw', id, 'late')).to.equal('TRANSITION_ILLEGAL');
  });

  for (const by of ['manufacturer', 'operator'] as const)
    it(`lets the ${by} stop what was approved, for good`, async () => {
      const { id } = await publish();
      await submit('operator', 'Approve', id);
      const { result } = await submit(by, 'Withdraw', id, 'it bricks devices');
      expect(signedReleaseSchema.parse(result)).to.include({
        state: 'withdrawn',
        reason: 'it bricks devices',
      });
      expect(await refused('operator', 'Approve', id)).to.equal('TRANSITION_ILLEGAL');
    });

  it('changes nothing when the same is published again, and takes nothing else in its place', async () => {
    const first = await publish();
    const again = await submit('manufacturer', 'Publish', JSON.stringify(draft()));
    expect(again).to.deep.include({ result: first, event: undefined, writes: [] });
    expect(await refusedPublish({ ...draft(), notes: 'others' })).to.equal('INVALID_ARGUMENT');
    expect(await refusedPublish(draft({ version: '1.3.0' }))).to.equal('INVALID_ARGUMENT');
    expect(await refusedPublish(draft({}, Buffer.from('another image')))).to.equal('INVALID_ARGUMENT');
    await publish(draft({ type: 'press' }, Buffer.from('of another type')));
  });

  it('lists the releases of a type, or of all, the newest version first', async () => {
    for (const version of ['1.9.0', '1.10.0', '1.2.0'])
      await publish(draft({ version }, Buffer.from(version)));
    await publish(draft({ type: 'press' }));
    expect((await list('thermometer')).map(({ version }) => version)).to.deep.equal([
      '1.10.0',
      '1.9.0',
      '1.2.0',
    ]);
    expect((await list('')).map(({ type }) => type)).to.deep.equal([
      'press',
      'thermometer',
      'thermometer',
      'thermometer',
    ]);
    expect(await refused('operator', 'List', 'a/b')).to.equal('INVALID_ARGUMENT');
    const guard = await enrolRole('operator', 'guard');
    expect(await channel.evaluate(guard, 'FirmwareContract:List', '')).to.deep.equal([]);
  });

  it('refuses what the vendor did not sign', async () => {
    const signed = draft();
    const stranger = newVendor();
    for (const [what, wrong] of Object.entries({
      'another hash': { ...signed, id: 'f'.repeat(64) },
      'another size': { ...signed, size: signed.size + 1 },
      'another version': { ...signed, version: '1.2.1' },
      'another minimum': { ...signed, minimumVersion: '0.0.0' },
      'another type': { ...signed, type: 'press' },
      'another signature': { ...signed, signature: draft({ version: '1.2.1' }).signature },
      'a key that nobody registered': releaseDraft(stranger, IMAGE),
      'a stranger’s signature under the vendor’s key': releaseDraft({ ...stranger, id: vendor.id }, IMAGE),
    }))
      expect(await refusedPublish(wrong), what).to.equal('FIRMWARE_INVALID');
    expect(await refusedPublish({ ...signed, signature: 'none' })).to.equal('INVALID_ARGUMENT');
    expect(await refusedPublish(draft({ version: '1.0.0' }))).to.equal('INVALID_ARGUMENT');
    expect(await refusedPublish(draft({ type: 'dragon' }))).to.equal('TYPE_UNKNOWN');
  });

  it('takes firmware for a type from the organisation that the type belongs to, by its own keys', async () => {
    const operators = newVendor();
    await submit('operator', 'RegisterVendorKey', JSON.stringify(vendorKeyDraft(operators, 'OperatorMSP')));
    expect(await refusedPublish(releaseDraft(operators, IMAGE), 'operator')).to.equal('FORBIDDEN');
    expect(await refusedPublish(releaseDraft(operators, IMAGE))).to.equal('FIRMWARE_INVALID');
    const type = JSON.stringify(typeDefinition('oven'));
    await channel.submit(await enrolRole('operator', 'admin'), 'TypeContract:Put', type);
    const oven = JSON.stringify(releaseDraft(operators, IMAGE, { type: 'oven' }));
    await submit('operator', 'Publish', oven);
    expect(await refusedPublish(draft({ type: 'oven' }))).to.equal('FORBIDDEN');
  });

  describe('vendors’ keys', () => {
    it('are registered once, by the organisation that the key has signed for', async () => {
      const other = newVendor();
      const theirs = JSON.stringify(vendorKeyDraft(other, 'OperatorMSP'));
      expect(await refused('manufacturer', 'RegisterVendorKey', theirs)).to.equal('FORBIDDEN');
      const { result, event } = await submit('operator', 'RegisterVendorKey', theirs);
      const key = vendorKeySchema.parse(result);
      expect(key).to.include({ id: other.id, org: 'OperatorMSP', state: 'active', revoked: null });
      expect(firmwareEventSchema.parse(event?.payload)).to.deep.equal({ releases: [], keys: [key] });
      expect(await refused('operator', 'RegisterVendorKey', theirs)).to.equal('KEY_TAKEN');
      const forged = { ...vendorKeyDraft(newVendor(), 'OperatorMSP'), publicKey: newVendor().publicKey };
      expect(await refused('operator', 'RegisterVendorKey', JSON.stringify(forged))).to.equal('FORBIDDEN');
    });

    it('take what they signed along when they are revoked', async () => {
      const { id } = await publish();
      expect(await refused('operator', 'RevokeVendorKey', vendor.id, 'not mine')).to.equal('FORBIDDEN');
      const { result } = await submit('manufacturer', 'RevokeVendorKey', vendor.id, 'stolen');
      const revoked: VendorKey = vendorKeySchema.parse(result);
      expect(revoked).to.include({ state: 'revoked', reason: 'stolen' });
      expect(revoked.revoked?.name).to.equal('admin@manufacturer');
      expect((await list('thermometer')).map(({ key }) => key.state)).to.deep.equal(['revoked']);
      expect(await refused('operator', 'Approve', id)).to.equal('FIRMWARE_INVALID');
      expect(await refusedPublish(draft({ version: '9.0.0' }, Buffer.from('x')))).to.equal(
        'FIRMWARE_INVALID',
      );
      expect(await refused('manufacturer', 'RevokeVendorKey', vendor.id, 'again')).to.equal(
        'TRANSITION_ILLEGAL',
      );
      const anew = JSON.stringify(vendorKeyDraft(vendor, 'ManufacturerMSP'));
      expect(await refused('manufacturer', 'RegisterVendorKey', anew)).to.equal('KEY_TAKEN');
      const auditor = await enrolRole('auditor', 'auditor');
      expect(await channel.evaluate(auditor, 'FirmwareContract:VendorKeys')).to.deep.equal([revoked]);
    });

    it('lets an approval fall that crosses their revocation', async () => {
      const { id } = await publish();
      const revoke = channel.prepare(
        await enrolRole('manufacturer', 'admin'),
        'FirmwareContract:RevokeVendorKey',
        vendor.id,
        'stolen',
      );
      const approve = channel.prepare(await enrolRole('operator', 'admin'), 'FirmwareContract:Approve', id);
      const endorsements = [await channel.endorse(revoke), await channel.endorse(approve)];
      const valid = [revoke, approve].map((call, index) => channel.commit(call, endorsements[index]!));
      expect(valid).to.deep.equal([true, false]);
    });
  });

  it('is decided by members who serve all tenants alone', async () => {
    const { id } = await publish();
    const acme = await adminFor('acme', 'operator');
    expect((await channel.refusal(acme, 'FirmwareContract:Approve', id)).code).to.equal('FORBIDDEN');
    expect(signedReleaseSchema.parse(await channel.evaluate(acme, 'FirmwareContract:Get', id)).id).to.equal(
      id,
    );
    expect(await refused('operator', 'Get', 'f'.repeat(64))).to.equal('NOT_FOUND');
  });
});
