import { expect } from 'chai';
import { z } from 'zod';

import type { ErrorCode } from '../../chaincode/protocol/errors.ts';
import {
  type Rollout,
  type RolloutDraft,
  rolloutSchema,
  rolloutsEventSchema,
} from '../../chaincode/protocol/firmware/rollout.ts';
import {
  newVendor,
  releaseDraft,
  type TestVendor,
  vendorKeyDraft,
} from '../../chaincode/protocol/testing/firmware.ts';
import { rolloutDraft } from '../../chaincode/protocol/testing/rollouts.ts';
import { type Committed, TestChannel } from './harness/channel.ts';
import { type Credentials, enrolRole } from './harness/members.ts';
import { adminFor } from './harness/tenants.ts';
import { putTypes } from './harness/types.ts';

const pageSchema = z.strictObject({ rollouts: z.array(rolloutSchema), bookmark: z.string() });

describe('RolloutContract', () => {
  let channel: TestChannel;
  let vendor: TestVendor;
  let release: string;
  let admin: Credentials;
  let second: Credentials;

  beforeEach(async () => {
    channel = await TestChannel.begin('registry');
    await putTypes(channel, 'thermometer');
    admin = await enrolRole('operator', 'admin');
    second = await adminFor('*', 'operator');
    vendor = newVendor();
    await firmware('RegisterVendorKey', JSON.stringify(vendorKeyDraft(vendor, 'ManufacturerMSP')));
    release = await publish('an image', '1.2.0');
    await channel.submit(admin, 'FirmwareContract:Approve', release);
  });

  async function firmware(name: string, ...args: string[]): Promise<void> {
    await channel.submit(await enrolRole('manufacturer', 'admin'), `FirmwareContract:${name}`, ...args);
  }

  async function publish(image: string, version: string): Promise<string> {
    const draft = releaseDraft(vendor, Buffer.from(image), { version });
    await firmware('Publish', JSON.stringify(draft));
    return draft.id;
  }

  const submit = (by: Credentials, name: string, ...args: string[]): Promise<Committed> =>
    channel.submit(by, `RolloutContract:${name}`, ...args);

  async function refused(by: Credentials, name: string, ...args: string[]): Promise<ErrorCode> {
    return (await channel.refusal(by, `RolloutContract:${name}`, ...args)).code;
  }

  async function create(fields: Partial<RolloutDraft> = {}): Promise<Rollout> {
    const draft = rolloutDraft({ release, ...fields });
    return rolloutSchema.parse((await submit(admin, 'Create', JSON.stringify(draft))).result);
  }

  it('creates a rollout for the devices of the caller’s organisation, and tells the channel', async () => {
    const draft = rolloutDraft({ release });
    const { result, event } = await submit(admin, 'Create', JSON.stringify(draft));
    const rollout = rolloutSchema.parse(result);
    expect(rollout).to.deep.include({ ...draft, state: 'running', approved: null, changed: null });
    expect(rollout).to.include({ org: 'OperatorMSP', type: 'thermometer', version: '1.2.0' });
    expect(rollout.created.name).to.equal('admin@operator');
    expect(event?.name).to.equal('rollouts');
    expect(rolloutsEventSchema.parse(event?.payload)).to.deep.equal({ rollouts: [rollout] });
    const ingest = await enrolRole('operator', 'ingest');
    expect(await channel.evaluate(ingest, 'RolloutContract:Get', rollout.id)).to.deep.equal(rollout);
  });

  it('changes nothing when the same is created again, and takes no other under its id', async () => {
    const rollout = await create();
    const again = await submit(admin, 'Create', JSON.stringify(rolloutDraft({ release })));
    expect(again).to.deep.include({ result: rollout, event: undefined, writes: [] });
    const other = JSON.stringify(rolloutDraft({ release, ratePerMinute: 1 }));
    expect(await refused(admin, 'Create', other)).to.equal('INVALID_ARGUMENT');
    const same = JSON.stringify(rolloutDraft({ release }));
    expect(await refused(second, 'Create', same)).to.equal('INVALID_ARGUMENT');
  });

  it('begins one that needs approval only after another person’s', async () => {
    const { id } = await create({ approval: true });
    expect(await refused(admin, 'Approve', id)).to.equal('FORBIDDEN');
    expect(await refused(admin, 'Resume', id)).to.equal('TRANSITION_ILLEGAL');
    const approved = rolloutSchema.parse((await submit(second, 'Approve', id)).result);
    expect(approved.state).to.equal('running');
    expect(approved.approved?.name).to.equal('someone@operator');
    expect(await refused(second, 'Approve', id)).to.equal('TRANSITION_ILLEGAL');
  });

  it('is paused, resumed and cancelled, for good', async () => {
    const { id } = await create();
    const paused = rolloutSchema.parse((await submit(second, 'Pause', id, 'it is hot')).result);
    expect(paused).to.include({ state: 'paused', reason: 'it is hot' });
    expect(paused.changed?.name).to.equal('someone@operator');
    expect(await refused(admin, 'Pause', id, 'again')).to.equal('TRANSITION_ILLEGAL');
    const resumed = rolloutSchema.parse((await submit(admin, 'Resume', id)).result);
    expect(resumed).to.include({ state: 'running', reason: null });
    const cancelled = rolloutSchema.parse((await submit(admin, 'Cancel', id, 'a mistake')).result);
    expect(cancelled.state).to.equal('cancelled');
    for (const [name, ...args] of [['Resume'], ['Pause', 'why'], ['Cancel', 'why'], ['Approve']] as const)
      expect(await refused(second, name, id, ...args), name).to.equal('TRANSITION_ILLEGAL');
  });

  it('takes only releases that devices would install', async () => {
    const unapproved = await publish('another image', '1.3.0');
    expect(await refused(admin, 'Create', JSON.stringify(rolloutDraft({ release: unapproved })))).to.equal(
      'FIRMWARE_INVALID',
    );
    expect(
      await refused(admin, 'Create', JSON.stringify(rolloutDraft({ release: 'f'.repeat(64) }))),
    ).to.equal('NOT_FOUND');
    const { id } = await create({ approval: true });
    await firmware('RevokeVendorKey', vendor.id, 'stolen');
    expect(await refused(second, 'Approve', id)).to.equal('FIRMWARE_INVALID');
    await submit(admin, 'Cancel', id, 'key stolen');
  });

  it('is for whoever serves its tenant and has the right', async () => {
    const { id } = await create();
    const elsewhere = await adminFor('works', 'operator');
    for (const [name, ...args] of [['Get'], ['Pause', 'why'], ['Cancel', 'why']] as const)
      expect(await refused(elsewhere, name, id, ...args), name).to.equal('NOT_FOUND');
    const draft = JSON.stringify(rolloutDraft({ release, id: crypto.randomUUID() }));
    expect(await refused(elsewhere, 'Create', draft)).to.equal('FORBIDDEN');
    expect(await refused(await enrolRole('operator', 'operator'), 'Create', draft)).to.equal('FORBIDDEN');
    expect(await refused(await enrolRole('manufacturer', 'admin'), 'Pause', id, 'why')).to.equal('FORBIDDEN');
    expect(await refused(admin, 'Create', '{')).to.equal('INVALID_ARGUMENT');
    expect(await refused(admin, 'Get', '../x')).to.equal('INVALID_ARGUMENT');
  });

  it('is listed in pages, to whoever may read it', async () => {
    const ids = [1, 2, 3].map((number) => `00000000-0000-4000-8000-00000000000${number}`);
    for (const id of ids.toReversed()) await create({ id });
    const list = async (by: Credentials, bookmark = ''): Promise<z.infer<typeof pageSchema>> =>
      pageSchema.parse(await channel.evaluate(by, 'RolloutContract:List', '2', bookmark));
    const auditor = await enrolRole('auditor', 'auditor');
    const first = await list(auditor);
    const second = await list(auditor, first.bookmark);
    expect([first, second].map(({ rollouts }) => rollouts.map(({ id }) => id))).to.deep.equal([
      ids.slice(0, 2),
      ids.slice(2),
    ]);
    expect(second.bookmark).to.equal('');
    expect(await list(await adminFor('works', 'operator'))).to.deep.equal({ rollouts: [], bookmark: '' });
    for (const args of [
      ['0', ''],
      ['101', ''],
      ['2', '../x'],
    ])
      expect(await refused(admin, 'List', ...args)).to.equal('INVALID_ARGUMENT');
  });
});
