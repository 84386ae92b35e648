import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { type Device, deviceSchema } from '../../chaincode/protocol/device.ts';
import { type DeviceType, typeSchema } from '../../chaincode/protocol/device-type.ts';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { hashHexSchema } from '../../chaincode/protocol/hash.ts';
import { type Rule, ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import { PRIVATE_FILE, PRIVATE_FOLDER } from '../home/files.ts';

const FORMAT = 'biot-registry-3';

const headSchema = z.strictObject({
  format: z.literal(FORMAT),
  channel: z.string(),
  /** Hash of the channel's first block: a channel that was made anew under the same name is another. */
  chain: hashHexSchema,
  /** The last block whose changes are in the records. */
  block: z.int().min(0),
  /** Instant (milliseconds since the Unix epoch) as of which the records were all that the peer had. */
  confirmedAt: z.int().min(0),
  /** How many of the records that follow are rules, and then types; the rest are devices. */
  rules: z.int().min(0),
  types: z.int().min(0),
});
const tailSchema = z.strictObject({ sha256: hashHexSchema });

/** A mirror's state as it is kept over restarts. */
export interface Snapshot extends Omit<z.infer<typeof headSchema>, 'format' | 'rules' | 'types'> {
  readonly devices: readonly Device[];
  readonly types: readonly DeviceType[];
  readonly rules: readonly Rule[];
}

const RECORDS_PER_WRITE = 500;

/**
 * Writes one line of JSON for the head, one for each rule, type and device, and one with the hash over them. Between
 * portions others get their turn, so that tens of thousands of devices do not stop a server for a tenth of a second. A
 * crash leaves the old file or the new, never half of one.
 */
export async function writeSnapshot(file: string, snapshot: Snapshot): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${file}.${process.pid}.draft`;
  const handle = await open(draft, 'w', PRIVATE_FILE);
  try {
    const hash = createHash('sha256');
    for (const portion of portions(snapshot)) {
      hash.update(portion);
      await handle.writeFile(portion);
    }
    await handle.writeFile(line({ sha256: hash.digest('hex') }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
}

function* portions({ devices, types, rules, ...head }: Snapshot): Generator<string> {
  yield line({ format: FORMAT, ...head, rules: rules.length, types: types.length });
  const records = [...rules, ...types, ...devices];
  for (let at = 0; at < records.length; at += RECORDS_PER_WRITE) {
    yield records
      .slice(at, at + RECORDS_PER_WRITE)
      .map(line)
      .join('');
  }
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

/**
 * @returns undefined when there is no file
 * @throws BiotError STORE_CORRUPT when it is damaged or of another format
 */
export async function readSnapshot(file: string): Promise<Snapshot | undefined> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new BiotError('STORE_CORRUPT', `cannot read ${file}`, { cause: error });
  });
  if (text === undefined) return undefined;
  try {
    return parseSnapshot(text);
  } catch (cause) {
    throw new BiotError('STORE_CORRUPT', `${file} is damaged`, { cause });
  }
}

function parseSnapshot(text: string): Snapshot {
  const tailAt = text.lastIndexOf('\n', text.length - 2) + 1;
  const body = text.slice(0, tailAt);
  const { sha256 } = tailSchema.parse(JSON.parse(text.slice(tailAt)));
  if (createHash('sha256').update(body).digest('hex') !== sha256) throw new Error('the hash does not fit');
  const [first = '', ...records] = body.trimEnd().split('\n');
  const { channel, chain, block, confirmedAt, rules, types } = headSchema.parse(JSON.parse(first));
  const parsed = <Schema extends z.ZodType>(schema: Schema, from: number, to?: number): z.output<Schema>[] =>
    records.slice(from, to).map((record) => schema.parse(JSON.parse(record)));
  return {
    ...{ channel, chain, block, confirmedAt },
    rules: parsed(ruleSchema, 0, rules),
    types: parsed(typeSchema, rules, rules + types),
    devices: parsed(deviceSchema, rules + types),
  };
}
