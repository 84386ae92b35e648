import type { Case } from './case.ts';
import { compare, type Statement } from './comparison.ts';
import type { Hearing } from './hearing.ts';
import type { Topic } from './topics.ts';

/** What the peers said about a topic, each time that they were asked. */
export interface Outcome {
  readonly topic: Topic;
  readonly rounds: readonly (readonly Statement[])[];
}

const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Puts topics to all peers at the same time, and again those about which they differ: what changed between one
 * peer's answer and another's will be agreed upon the next time. Ends when all agree on all, or patience does.
 */
export async function askInRounds(context: Case, topics: readonly Topic[]): Promise<Outcome[]> {
  const { scope, surroundings } = context;
  const rounds = new Map<Topic, Statement[][]>(topics.map((topic) => [topic, []]));
  const began = surroundings.clock();
  let open = topics;
  for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const statements = await askOnce(context.hearings, open);
    open.forEach((topic, index) => rounds.get(topic)?.push(statements[index] ?? []));
    open = open.filter((_, index) => compare(statements[index] ?? []).kind !== 'agreed');
    if (open.length === 0 || surroundings.clock() - began >= scope.patienceMs) break;
    await surroundings.pause(pause);
  }
  return topics.map((topic) => ({ topic, rounds: rounds.get(topic) ?? [] }));
}

/**
 * Topic by topic, so that no peer is asked about one much later than another.
 *
 * @returns for each topic what the peers said, without those who said nothing
 */
async function askOnce(hearings: readonly Hearing[], topics: readonly Topic[]): Promise<Statement[][]> {
  const rounds: Statement[][] = [];
  for (const topic of topics) {
    const statements = await Promise.all(hearings.map((hearing) => statement(hearing, topic)));
    rounds.push(statements.filter((each) => each !== undefined));
  }
  return rounds;
}

async function statement(
  hearing: Hearing,
  { subject, question, read }: Topic,
): Promise<Statement | undefined> {
  const heard = await hearing.ask(subject, question, read);
  if (heard === undefined) return undefined;
  const facts = heard.kind === 'refusal' ? { '': heard.text } : heard.value;
  return { peer: hearing.name, organisation: hearing.peer.organisation.name, facts };
}
