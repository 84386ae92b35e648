import type { Home } from '../../network/home/home.ts';
import { addresses } from './addresses.ts';
import { listedSignIns, unlistedPeople } from './demo-people.ts';
import { allStatuses } from './processes.ts';

/** What a newcomer needs to know when everything runs. */
export function welcome(home: Home, { seconds, detached }: { seconds: string; detached: boolean }): string {
  const { dashboard, api, docs, mqtt } = addresses(home);
  const people = listedSignIns(home);
  const unlisted = unlistedPeople(home);
  const statuses = allStatuses(home);
  const memory = statuses.reduce((total, { memoryMb }) => total + (memoryMb ?? 0), 0);
  const width = Math.max(0, ...people.map(({ name }) => name.length));
  return [
    '',
    `BIoT-DM is running: ${statuses.length} processes, ${memory.toFixed(0)} MiB, ready after ${seconds}.`,
    '',
    `  Dashboard  ${dashboard}`,
    `  API        ${api}   (documentation: ${docs})`,
    `  Devices    ${mqtt}`,
    '',
    '  Sign in as',
    ...people.map(
      ({ name, role, org, password }) => `    ${name.padEnd(width)}  ${password}   ${role} of ${org}`,
    ),
    ...(unlisted.length === 0
      ? []
      : [
          `  Not listed, with a password of their own or removed: ${unlisted.map(({ name }) => name).join(', ')}`,
        ]),
    '',
    detached ? 'npm run status shows it, npm stop ends it.' : 'Ctrl-C stops everything.',
    '',
  ].join('\n');
}
