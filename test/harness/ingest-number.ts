import { expect } from 'chai';

import type { Home } from '../../network/home/home.ts';
import { ask } from './instance.ts';

/** One of the numbers that ingest tells Prometheus, by its name without `biot_ingest_`. */
export async function ingestNumber(home: Home, name: string): Promise<number> {
  const { body } = await ask(home, '/metrics', { port: home.ports.ingestOperations });
  const found = new RegExp(String.raw`^biot_ingest_${name} (\S+)$`, 'm').exec(String(body));
  expect(found, `ingest tells biot_ingest_${name}`).to.not.equal(null);
  return Number(found?.[1]);
}
