import { readFileSync } from 'node:fs';

import { type Checkpoint, checkpointSchema } from '../../chaincode/protocol/header.ts';
import { writeFileAtomically } from '../home/files.ts';
import type { CheckpointKeeper } from './log-tail.ts';

/** Keeps the last checkpoint of a log in a file. A file that is missing, damaged or another log's says nothing. */
export function checkpointKeeper(file: string, logId: string): CheckpointKeeper {
  let size = -1;
  return {
    read: () => {
      try {
        const checkpoint = checkpointSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
        return checkpoint.logId === logId ? checkpoint : undefined;
      } catch {
        return undefined;
      }
    },
    write: (checkpoint: Checkpoint) => {
      if (checkpoint.size === size) return;
      writeFileAtomically(file, JSON.stringify(checkpoint));
      size = checkpoint.size;
    },
  };
}
