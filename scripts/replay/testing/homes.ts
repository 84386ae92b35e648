import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Home } from '../../../network/home/home.ts';
import { portsFrom } from '../../../network/home/ports.ts';

/** Nothing listens there. */
const PORT_BASE = 1024;

/** A home in an empty folder, whose instance was never started. */
export function emptyHome(): Home {
  const root = mkdtempSync(join(tmpdir(), 'biot-replay-'));
  return { root, ports: portsFrom(PORT_BASE), path: (...segments) => join(root, ...segments) };
}
