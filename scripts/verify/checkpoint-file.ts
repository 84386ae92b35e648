import { existsSync, readFileSync } from 'node:fs';

import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { type Checkpoint, checkpointSchema } from '../../chaincode/protocol/header.ts';
import { writeFileAtomically } from '../../network/home/files.ts';

const fileSchema = z.strictObject({
  format: z.literal('biot-checkpoints-1'),
  checkpoints: z.array(checkpointSchema),
});

/** The checkpoints of earlier checks; none when the file is not there yet. @throws BiotError STORE_CORRUPT */
export function readCheckpoints(file: string): Checkpoint[] {
  if (!existsSync(file)) return [];
  try {
    return fileSchema.parse(JSON.parse(readFileSync(file, 'utf8'))).checkpoints;
  } catch (cause) {
    throw new BiotError('STORE_CORRUPT', `${file} does not hold checkpoints of an earlier check`, { cause });
  }
}

export function writeCheckpoints(file: string, checkpoints: readonly Checkpoint[]): void {
  const content = fileSchema.encode({ format: 'biot-checkpoints-1', checkpoints: [...checkpoints] });
  writeFileAtomically(file, `${JSON.stringify(content, null, 2)}\n`);
}
