import { batchTamperings } from './batch-tamperings.ts';
import type { Tampering } from './picker.ts';
import { readingTamperings } from './reading-tamperings.ts';
import { LOGS } from './world.ts';

/** What a forger does to rows of `batch_ranges` and `blockchain_tx`. */
const otherTamperings: Record<string, Tampering> = {
  'the end of a range': ({ tables }, pick) => {
    const range = pick.from(tables.ranges);
    range.last += 1000;
    return [`changed batch_ranges ${range.batch}/${range.device}/1/${range.first}`];
  },
  'the begin of a range': ({ tables }, pick) => {
    const range = pick.from(tables.ranges);
    range.first = 0;
    return [`changed batch_ranges ${range.batch}/${range.device}/1/0`];
  },
  'the device of a range': ({ tables }, pick) => {
    const range = pick.from(tables.ranges);
    range.device = 'press-9';
    return [`changed batch_ranges ${range.batch}/press-9/1/${range.first}`];
  },
  'the epoch of a range': ({ tables }, pick) => {
    const range = pick.from(tables.ranges);
    range.epoch = 2;
    return [`changed batch_ranges ${range.batch}/${range.device}/2/${range.first}`];
  },
  'a range deleted': ({ tables }, pick) => {
    const range = pick.remove(tables.ranges);
    return [`missing batch_ranges ${range.batch}/${range.device}/1/${range.first}`];
  },
  'a range added': ({ tables }, pick) => {
    const { id } = pick.from(tables.batches);
    tables.ranges.push({ batch: id, device: 'press-9', epoch: 7, first: 70_000, last: 80_000 });
    return [`added batch_ranges ${id}/press-9/7/70000`];
  },
  'a range of no batch': ({ tables }) => {
    tables.ranges.push({ batch: 5000, device: 'press-9', epoch: 7, first: 7, last: 8 });
    return ['added batch_ranges 5000/press-9/7/7'];
  },

  'an outbox entry deleted': ({ tables }, pick) => {
    const entry = pick.remove(tables.outbox);
    return [`missing blockchain_tx batch ${entry.batch}`];
  },
  'an outbox entry for another place': ({ tables }, pick) => {
    const entry = pick.from(tables.outbox);
    entry.sequence = 77_777;
    return [`changed blockchain_tx ${entry.id}`];
  },
  'an outbox entry without its transaction': ({ tables }, pick) => {
    const entry = pick.from(tables.outbox);
    entry.transaction = null;
    return [`changed blockchain_tx ${entry.id}`];
  },
  'an outbox entry of no batch': ({ tables }) => {
    const rest = { transaction: 'f'.repeat(64), block: 1, status: 'committed' };
    tables.outbox.push({ id: 9001, batch: null, logId: LOGS[0], sequence: 77_777, ...rest });
    return ['added blockchain_tx 9001'];
  },
  'an outbox entry set back': ({ tables }, pick) => {
    const entry = pick.from(tables.outbox);
    Object.assign(entry, { status: 'sealed', transaction: null, block: null });
    return [`changed blockchain_tx ${entry.id}`];
  },
  'an outbox entry for nothing': ({ tables }) => {
    const rest = { transaction: 'f'.repeat(64), block: 1, status: 'committed' };
    tables.outbox.push({ id: 9000, batch: 5000, logId: LOGS[0], sequence: 77_777, ...rest });
    return ['unanchored blockchain_tx 9000'];
  },
};

export const tamperings: Record<string, Tampering> = {
  ...readingTamperings,
  ...batchTamperings,
  ...otherTamperings,
};
