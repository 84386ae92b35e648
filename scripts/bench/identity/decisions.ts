import { ReadyRule } from '../../../chaincode/protocol/policy/ready-rule.ts';
import type { Request } from '../../../chaincode/protocol/policy/request.ts';
import { byId, type Rule } from '../../../chaincode/protocol/policy/rule.ts';
import { RuleSet } from '../../../chaincode/protocol/policy/rule-set.ts';
import type { BenchContext, Figure, Report } from '../bench.ts';
import { fleetOf, questionsAbout, realisticRules } from './policy-questions.ts';
import { median } from '../statistics.ts';

/** Different questions that are asked in turn: more than any cache of the processor would learn by heart. */
const QUESTIONS = 100_000;
/** The median of so many turns counts: between them, and not within one, both sides alternate. */
const ROUNDS = 5;
const RULES = [10, 1_000, 10_000] as const;
const AUTHORISE_RULES = 1_000;

const PLAIN =
  'plain alternative to a decision: the same rules, each compiled as here, asked one after the other whether they match: the first that denies decides, else the smallest id that allows; same questions, same process, in turns with ours';

type Decide = (request: Request) => { readonly allowed: boolean; readonly rule: string | null };

interface Settings {
  /** That questions are about. */
  readonly devices: number;
  /** For which each kind of decision is measured. */
  readonly seconds: number;
}

/** How many decisions by the rules on the ledger gateway and ingest make a second, in memory. */
export async function measureDecisions(
  { devices, seconds }: Settings,
  { progress, interrupt }: BenchContext,
): Promise<Report> {
  const questions = await progress.step(`${QUESTIONS} questions about ${devices} devices`, () =>
    Promise.resolve(questionsAbout(fleetOf(devices), QUESTIONS)),
  );
  const figures: Figure[] = [];
  const notes = [PLAIN];
  let wrong = 0;
  for (const count of RULES) {
    const rules = realisticRules(count, devices);
    const [ours, plain] = [indexed(rules), linear(rules)];
    wrong += differences(ours, plain, questions);
    const measured = await progress.step(`decisions by ${count} rules`, () =>
      compare(ours, plain, questions, { seconds, interrupt }),
    );
    figures.push(...figuresOf(count, measured));
    notes.push(`${count} rules: ${share(ours, questions)} % of the questions are allowed`);
  }
  const disagreement = {
    name: 'wrong_decisions',
    value: wrong,
    meaning: 'decisions in which the two differ; has to be 0',
  };
  return { figures: [...figures, disagreement], notes, sound: wrong === 0 };
}

interface Measured {
  /** Decisions a second. */
  readonly ours: number;
  readonly plain: number;
}

function figuresOf(rules: number, { ours, plain }: Measured): Figure[] {
  const microseconds = [
    { name: `decide_us_${rules}`, value: 1e6 / ours, meaning: `one decision by ${rules} rules, on average` },
    { name: `plain_decide_us_${rules}`, value: 1e6 / plain, meaning: '… by the plain alternative below' },
  ];
  if (rules !== AUTHORISE_RULES) return microseconds;
  return [
    {
      name: 'authorise_per_second',
      value: ours,
      meaning: `decisions a second by ${rules} rules, on one core`,
    },
    { name: 'plain_authorise_per_second', value: plain, meaning: '… by the plain alternative below' },
    { name: 'authorise_ratio', value: ours / plain, meaning: 'ours to the plain alternative' },
    ...microseconds,
  ];
}

function indexed(rules: readonly Rule[]): Decide {
  const ruleSet = new RuleSet(rules);
  return (request) => ruleSet.decide(request);
}

/** What one would write without an index; the rules are as quick to ask as ours. */
function linear(rules: readonly Rule[]): Decide {
  const ranked = [...rules]
    .sort(byId)
    .sort((left, right) => Number(left.effect === 'allow') - Number(right.effect === 'allow'))
    .map((rule, rank) => new ReadyRule(rule, rank));
  return (request) =>
    ranked.find((ready) => ready.rule.actions.includes(request.action) && ready.matches(request))
      ?.decision ?? { allowed: false, rule: null };
}

function differences(ours: Decide, plain: Decide, questions: readonly Request[]): number {
  // A linear scan over 10,000 rules takes its time: every twentieth question shows an index that is wrong.
  const asked = questions.filter((_, index) => index % 20 === 0);
  return asked.filter((question) => {
    const [left, right] = [ours(question), plain(question)];
    return left.allowed !== right.allowed || left.rule !== right.rule;
  }).length;
}

function share(decide: Decide, questions: readonly Request[]): number {
  return Math.round(
    (100 * questions.filter((question) => decide(question).allowed).length) / questions.length,
  );
}

interface Turns {
  readonly seconds: number;
  readonly interrupt: AbortSignal;
}

async function compare(
  ours: Decide,
  plain: Decide,
  questions: readonly Request[],
  { seconds, interrupt }: Turns,
): Promise<Measured> {
  const milliseconds = (seconds * 1000) / ROUNDS;
  const rates: Measured[] = [];
  // One more than counts: the first lets the compiler come to know both.
  for (let round = 0; round <= ROUNDS; round += 1) {
    interrupt.throwIfAborted();
    rates.push({
      ours: rateOf(ours, questions, milliseconds),
      plain: rateOf(plain, questions, milliseconds),
    });
    await new Promise(setImmediate);
  }
  const counted = rates.slice(1);
  return { ours: median(counted.map((rate) => rate.ours)), plain: median(counted.map((rate) => rate.plain)) };
}

/** Decisions between two looks at the clock. */
const AT_ONCE = 100;

/** @returns decisions a second */
function rateOf(decide: Decide, questions: readonly Request[], milliseconds: number): number {
  const began = performance.now();
  let asked = 0;
  let allowed = 0;
  for (let elapsed = 0; elapsed < milliseconds; elapsed = performance.now() - began) {
    for (let turn = 0; turn < AT_ONCE; turn += 1, asked += 1) {
      const question = questions[asked % questions.length];
      if (question !== undefined && decide(question).allowed) allowed += 1;
    }
  }
  // What nobody looks at, the compiler may leave out.
  if (allowed > asked) throw new RangeError('more was allowed than asked');
  return (1000 * asked) / (performance.now() - began);
}
