import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Keys, passwords and logs are for the owner alone. */
export const PRIVATE_FILE = 0o600;
export const PRIVATE_FOLDER = 0o700;

/** Certificates are for everybody. */
export const PUBLIC_FILE = 0o644;

/** Writes a file so that a crash leaves either the old content or the new, never half of it. */
export function writeFileAtomically(
  file: string,
  content: string | Uint8Array,
  mode: number = PRIVATE_FILE,
): void {
  mkdirSync(dirname(file), { recursive: true, mode: PRIVATE_FOLDER });
  const draft = `${file}.${process.pid}.draft`;
  writeFileSync(draft, content, { mode });
  renameSync(draft, file);
}
