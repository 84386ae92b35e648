import type { Channel } from '../home/organisations.ts';
import type { Case } from './case.ts';
import type { Heights } from './audit-heights.ts';
import { blockFacts, type BlockRecord, contradictions, readBlock } from './blocks.ts';
import { compare, type Statement } from './comparison.ts';
import { findingsOf } from './findings.ts';
import type { Hearing } from './hearing.ts';
import { vouchedHeight } from './heights.ts';
import type { Finding } from './report.ts';
import { blockQuestion } from './topics.ts';

/** A peer's blocks by number; a text is what it said instead of a block that it should have. */
type Blocks = ReadonlyMap<number, BlockRecord | string>;

/** Compares blocks of the same numbers, and each peer's blocks with one another. */
export async function auditBlocks(
  context: Case,
  heights: Heights,
): Promise<{ findings: Finding[]; asked: number }> {
  const { hearings } = context;
  const numbers = chooseBlocks(context, heights);
  const all = await Promise.all(
    hearings.map((hearing) =>
      askBlocks(
        hearing,
        heights.channel,
        numbers.filter((number) => has(hearing, heights, number)),
      ),
    ),
  );
  const alone = hearings.flatMap((hearing, index) =>
    selfContradictions(hearing, heights, all[index] ?? new Map()),
  );
  const together = numbers.flatMap((number) => {
    const statements = hearings.flatMap((hearing, index): Statement[] => {
      const block = all[index]?.get(number);
      if (block === undefined) return [];
      const facts = typeof block === 'string' ? { '': block } : blockFacts(block);
      return [{ peer: hearing.name, organisation: hearing.peer.organisation.name, facts }];
    });
    return findingsOf(compare(statements), { channel: heights.channel, subject: `block ${number}` });
  });
  return { findings: [...alone, ...together], asked: numbers.length };
}

function has({ name }: Hearing, { tips }: Heights, number: number): boolean {
  return number < (tips.get(name)?.height ?? 0);
}

/** The first block, the newest ones, and others by lot, so that a peer cannot know which it will be asked for. */
function chooseBlocks({ hearings, scope, surroundings }: Case, { tips }: Heights): number[] {
  const heights = hearings.flatMap(({ name, peer }) => {
    const tip = tips.get(name);
    return tip === undefined ? [] : [{ organisation: peer.organisation.name, height: tip.height }];
  });
  const height = vouchedHeight(heights);
  const count = scope.blocks === 'all' ? height : scope.blocks;
  const chosen = new Set(height === 0 ? [] : [0]);
  for (let number = Math.max(0, height - count); number < height; number += 1) chosen.add(number);
  for (let draw = 0; draw < count && chosen.size < height; draw += 1)
    chosen.add(Math.floor(surroundings.random() * height));
  return [...chosen].sort((one, other) => one - other);
}

async function askBlocks(hearing: Hearing, channel: Channel, numbers: readonly number[]): Promise<Blocks> {
  const blocks = new Map<number, BlockRecord | string>();
  for (const number of numbers) {
    const heard = await hearing.ask(`block ${number}`, blockQuestion(channel, number), readBlock);
    if (heard !== undefined) blocks.set(number, heard.kind === 'refusal' ? heard.text : heard.value);
  }
  return blocks;
}

function selfContradictions({ name }: Hearing, { channel, tips }: Heights, blocks: Blocks): Finding[] {
  const known = new Map(
    [...blocks].filter((entry): entry is [number, BlockRecord] => typeof entry[1] !== 'string'),
  );
  return [...known].flatMap(([asked, block]) =>
    contradictions(block, { asked, known, tip: tips.get(name) }).map((what): Finding => ({
      kind: 'lies',
      peer: name,
      channel,
      subject: `block ${asked}`,
      what: `contradicts itself: ${what}`,
      differences: [],
    })),
  );
}
