import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type SignedRelease, releaseDraftSchema } from '../../chaincode/protocol/firmware/release.ts';
import { openHome } from '../../network/home/home.ts';
import { connectLedger } from '../../network/ledger/client.ts';
import { type FirmwareLedger, firmwareLedger } from '../../network/ledger/firmware.ts';
import { memberConnection } from '../../network/ledger/member-connection.ts';
import { readInputAs, requireReadable } from '../cli/input-file.ts';
import { listedSignIns } from '../platform/demo-people.ts';
import { makeVendorKey, registrationOf, signRelease } from './signing.ts';
import { uploadImage } from './upload.ts';

export const OPTIONS = {
  as: { type: 'string' },
  key: { type: 'string' },
  org: { type: 'string' },
  type: { type: 'string' },
  version: { type: 'string' },
  minimum: { type: 'string', default: '0.0.0' },
  notes: { type: 'string' },
  description: { type: 'string', default: 'a vendor’s key' },
  reason: { type: 'string' },
} as const;

type Values = Readonly<Partial<Record<keyof typeof OPTIONS, string>>>;

interface Asked {
  readonly words: readonly string[];
  readonly values: Values;
}

/** Each prints nothing; its result is shown as JSON. */
type Verb = (asked: Asked) => Promise<unknown>;

export const VERBS: Readonly<Record<string, Verb>> = {
  keygen: ({ words }) => Promise.resolve({ id: makeVendorKey(word(words, 'FILE')) }),
  sign: ({ words, values }) =>
    signRelease({
      image: word(words, 'IMAGE'),
      key: option(values, 'key'),
      type: option(values, 'type'),
      version: option(values, 'version'),
      minimumVersion: option(values, 'minimum'),
      notes: option(values, 'notes'),
    }),
  prove: ({ words, values }) =>
    Promise.resolve(
      registrationOf(word(words, 'FILE'), option(values, 'org'), option(values, 'description')),
    ),
  'register-key': (asked) =>
    acting(asked, async (ledger, org) => {
      const draft = registrationOf(word(asked.words, 'FILE'), org, option(asked.values, 'description'));
      return (await ledger.registerKey(draft)).key;
    }),
  'revoke-key': (asked) =>
    acting(asked, async (ledger) => {
      const id = word(asked.words, 'ID');
      return (await ledger.revokeKey(id, option(asked.values, 'reason'))).key;
    }),
  keys: (asked) => acting(asked, (ledger) => ledger.keys()),
  publish: async (asked) => {
    const [file, image] = [word(asked.words, 'DRAFT'), word(asked.words, 'IMAGE', 1)];
    const draft = readInputAs(file, 'draft of a release', releaseDraftSchema);
    await requireReadable(image);
    return acting(asked, async (ledger) => {
      const { release } = await ledger.publish(draft);
      await upload(option(asked.values, 'as'), release, image);
      return release;
    });
  },
  approve: (asked) =>
    acting(asked, async (ledger) => {
      const id = word(asked.words, 'ID');
      // Nothing is approved through a peer that would show it otherwise than another organisation's does.
      await ledger.release(id);
      return (await ledger.approve(id)).release;
    }),
  reject: (asked) =>
    acting(asked, async (ledger) => {
      const id = word(asked.words, 'ID');
      return (await ledger.reject(id, option(asked.values, 'reason'))).release;
    }),
  withdraw: (asked) =>
    acting(asked, async (ledger) => {
      const id = word(asked.words, 'ID');
      return (await ledger.withdraw(id, option(asked.values, 'reason'))).release;
    }),
  list: (asked) => acting(asked, (ledger) => ledger.releases(asked.values.type)),
};

async function acting<Result>(
  { values }: Asked,
  act: (ledger: FirmwareLedger, org: string) => Promise<Result>,
): Promise<Result> {
  const connection = memberConnection(openHome(), option(values, 'as'));
  const client = connectLedger(connection);
  try {
    return await act(firmwareLedger(client), connection.identity.mspId);
  } finally {
    client.close();
  }
}

async function upload(member: string, { id }: SignedRelease, image: string): Promise<void> {
  const home = openHome();
  const password =
    process.env['BIOT_PASSWORD'] ?? listedSignIns(home).find(({ name }) => name === member)?.password;
  if (password === undefined)
    throw new BiotError(
      'UNAUTHENTICATED',
      `it is published; to upload the image, give the password of ${member} as BIOT_PASSWORD`,
    );
  await uploadImage(home, { member, password, id, image });
}

function word(words: readonly string[], name: string, place = 0): string {
  const found = words[place];
  if (found === undefined) throw new BiotError('INVALID_ARGUMENT', `${name} is missing: see --help`);
  return found;
}

function option(values: Values, name: keyof typeof OPTIONS): string {
  const value = values[name];
  if (value === undefined) throw new BiotError('INVALID_ARGUMENT', `--${name} is missing: see --help`);
  return value;
}
