import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { CommandJournal } from './command-journal.ts';

const NOW = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const RESULT = 'x'.repeat(10_000);

describe('command journal of a device', () => {
  let folder: string;
  let file: string;
  let journals: CommandJournal[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'biot-command-journal-'));
    file = join(folder, 'commands');
    journals = [];
  });
  afterEach(async () => {
    for (const journal of journals) await journal.close();
    rmSync(folder, { recursive: true });
  });

  async function open(now = NOW): Promise<CommandJournal> {
    const journal = await CommandJournal.open(file, now);
    journals.push(journal);
    return journal;
  }

  async function done(journal: CommandJournal, now: number): Promise<string> {
    const id = randomUUID();
    await journal.begin(id, now + 1_000, now);
    await journal.end(id, { id, state: 'succeeded', result: RESULT }, now);
    await journal.told(id, now);
    return id;
  }

  it('has a command on the disk before it is begun, and knows how it ended', async () => {
    const journal = await open();
    const [begun, ended] = [randomUUID(), randomUUID()];
    await journal.begin(ended, NOW + 1_000, NOW);
    await journal.end(ended, { id: ended, state: 'succeeded', result: 5 }, NOW);
    await journal.begin(begun, NOW + 1_000, NOW);
    // The first is not closed: its process was killed.
    const next = await open();
    expect(next.find(ended)?.answer).to.deep.equal({ id: ended, state: 'succeeded', result: 5 });
    expect(next.find(begun)?.answer?.state).to.equal('failed');
    expect(next.unsettled(NOW + 1).map(({ id }) => id)).to.have.members([begun, ended]);
  });

  it('stays small: what no order could begin any more is forgotten, and results that were told', async () => {
    const journal = await open();
    const old = await done(journal, NOW);
    const later = NOW + 3 * DAY_MS;
    const young: string[] = [];
    for (let index = 0; index < 60; index += 1) young.push(await done(journal, later));
    expect(journal.find(old)).to.equal(undefined);
    expect(statSync(file).size).to.be.lessThan(400_000);
    const next = await open(later);
    for (const id of young) expect(next.find(id)).to.include({ told: true });
  });

  it('forgets a line that a crash tore, and refuses a file that is damaged otherwise', async () => {
    const id = await done(await open(), NOW);
    appendFileSync(file, '01234567 [{"kind":"be');
    expect((await open()).find(id)?.told).to.equal(true);
    writeFileSync(file, 'nonsense\nmore of it\n');
    const error = await CommandJournal.open(file, NOW).catch((cause: unknown) => cause);
    expect(error).to.be.instanceOf(BiotError).with.property('code', 'STORE_CORRUPT');
  });
});
