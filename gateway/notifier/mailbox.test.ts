import { expect } from 'chai';
import type { Pool } from 'mariadb';

import { LONGEST_LIFE_MS } from './patience.ts';
import { sqlMailbox } from './mailbox.ts';

const NOW = Date.UTC(2026, 0, 31, 12);

/** A database that has nothing, and notes what it is asked. */
class EmptyDatabase {
  readonly asked: { sql: string; values: readonly unknown[] }[] = [];

  query = (sql: string, values: readonly unknown[] = []): Promise<unknown> => {
    this.asked.push({ sql: sql.replace(/\s+/g, ' '), values });
    return Promise.resolve(sql.startsWith('SELECT') ? [] : { affectedRows: 0, insertId: 0n });
  };

  getConnection = () => {
    const done = (): Promise<void> => Promise.resolve();
    return Promise.resolve({
      query: this.query,
      ...{ beginTransaction: done, commit: done, rollback: done, release: done },
    });
  };
}

describe('the mailbox in SQL', () => {
  let database: EmptyDatabase;

  beforeEach(() => {
    database = new EmptyDatabase();
  });

  const mailbox = () => sqlMailbox(database as unknown as Pool, { now: () => NOW, random: () => 0 });

  it('gives up on what is a day old and was due long ago before it takes anything', async () => {
    expect(await mailbox().take('pager')).to.equal(undefined);
    const [giving, taking] = database.asked;
    expect(giving?.sql).to.match(/^UPDATE notification_messages SET dead_at = \?/);
    expect(giving?.sql).to.match(
      /WHERE channel_id = \? AND dead_at IS NULL AND next_at <= \? AND created_at <= \?$/,
    );
    // What a person sends again is old as well, but due just now.
    expect(giving?.values).to.deep.equal([
      '2026-01-31 12:00:00.000',
      'too old when its turn came',
      'pager',
      '2026-01-31 11:00:00.000',
      '2026-01-30 12:00:00.000',
    ]);
    expect(LONGEST_LIFE_MS).to.equal(24 * 3_600_000);
    expect(taking?.sql).to.match(/^SELECT .* FOR UPDATE$/);
  });

  it('looks for work of channels alone that are switched on, in one question', async () => {
    expect(await mailbox().due()).to.deep.equal([]);
    expect(database.asked.map(({ values }) => values)).to.deep.equal([['2026-01-31 12:00:00.000']]);
    expect(database.asked[0]?.sql).to.match(
      /WHERE JSON_CONTAINS\(c\.definition, 'true', '\$\.enabled'\) AND EXISTS/,
    );
  });

  it('forgets dead letters of all channels after 30 days, and how many there were when no report asks for it', async () => {
    await mailbox().forget();
    expect(database.asked).to.deep.equal([
      { sql: 'DELETE FROM notification_messages WHERE dead_at < ?', values: ['2026-01-01 12:00:00.000'] },
      { sql: 'DELETE FROM notification_hours WHERE hour < ?', values: ['2024-12-27 12:00:00.000'] },
    ]);
  });
});
