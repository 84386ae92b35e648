import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { text } from 'node:stream/consumers';

import { z } from 'zod';

import type { Home } from '../../network/home/home.ts';

const WITHIN_MS = 2_000;
const readinessSchema = z.looseObject({ reasons: z.record(z.string(), z.string()).default({}) });

/** What ingest says has stopped until people look, and why; nothing when it does not answer: its state says that. */
export async function standstills(home: Home): Promise<string[]> {
  const authority = home.path('pki', 'platform-ca', 'cert.pem');
  if (!existsSync(authority)) return [];
  try {
    const body = await readiness(home.ports.ingestOperations, readFileSync(authority));
    const { reasons } = readinessSchema.parse(JSON.parse(body));
    return Object.entries(reasons).map(([standing, reason]) => `${standing} has stopped: ${reason}`);
  } catch {
    return [];
  }
}

function readiness(port: number, ca: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { ca, agent: false, signal: AbortSignal.timeout(WITHIN_MS) } as const;
    get(`https://127.0.0.1:${port}/readyz`, options, (response) => {
      text(response).then(resolve, reject);
    }).once('error', reject);
  });
}
