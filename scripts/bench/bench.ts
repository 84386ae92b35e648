import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Progress } from '../cli/progress.ts';

/** One measured number. */
export interface Figure {
  /** Its key in the JSON object, with its unit: `p99_ms`. */
  readonly name: string;
  readonly value: number;
  /** What it says, for the table. */
  readonly meaning: string;
}

/** A line of a table, by the names of its columns. */
export type Part = Readonly<Record<string, string | number | null>>;

export interface Report {
  /** What was measured of each part, when there are several; all have the same columns. */
  readonly parts?: readonly Part[];
  readonly figures: readonly Figure[];
  /** Without which the figures say little: what the client was, what the plain alternative is. */
  readonly notes: readonly string[];
  /** Whether what was measured was right, too. How quickly something was lost is no figure. */
  readonly sound: boolean;
}

export interface BenchContext {
  readonly progress: Progress;
  /** Ends the measurement; what was started is stopped and removed. */
  readonly interrupt: AbortSignal;
  /** Leave the instance's folder when it is stopped. */
  readonly keep: boolean;
}

export interface OptionHelp {
  readonly description: string;
  /** What stands for its value. */
  readonly placeholder: string;
}

/** A measurement that can be asked for by name. */
export interface Bench {
  /** What it measures, in one sentence. */
  readonly summary: string;
  /** Its own options, each as text. */
  readonly options: Readonly<Record<string, OptionHelp>>;
  /**
   * @param values options as they were typed
   * @throws BiotError INVALID_ARGUMENT naming the option that is wrong
   */
  prepare(values: unknown): PreparedBench;
}

export interface PreparedBench {
  /** All options, with their defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
  run(context: BenchContext): Promise<Report>;
}

/** Makes a bench of a schema for its options (a strict object whose members are described) and of what measures. */
export function defineBench<Shape extends z.ZodRawShape>({
  summary,
  settings: schema,
  measure,
}: {
  summary: string;
  settings: z.ZodObject<Shape>;
  measure: (settings: z.output<z.ZodObject<Shape>>, context: BenchContext) => Promise<Report>;
}): Bench {
  const described = Object.entries(schema.shape).map(
    ([name, option]) => [name, helpOf(z.globalRegistry.get(option))] as const,
  );
  return {
    summary,
    options: Object.fromEntries(described),
    prepare(values) {
      const parsed = schema.safeParse(values);
      if (!parsed.success) throw new BiotError('INVALID_ARGUMENT', describeIssue(parsed.error));
      const settings = parsed.data;
      return { settings, run: (context) => measure(settings, context) };
    },
  };
}

function helpOf({ description = '', placeholder }: z.core.GlobalMeta = {}): OptionHelp {
  return { description, placeholder: typeof placeholder === 'string' ? placeholder : 'N' };
}

/** An option that is a whole number and has a default. */
export function wholeNumber(
  description: string,
  { least, most, usually }: { least: number; most: number; usually: number },
): z.ZodType<number> {
  return z.coerce
    .number()
    .int()
    .min(least)
    .max(most)
    .default(usually)
    .meta({ description: `${description} (default ${usually})` });
}

function describeIssue({ issues: [issue] }: z.ZodError): string {
  if (issue === undefined) return 'invalid, see --help';
  if (issue.code === 'unrecognized_keys')
    return `this bench has no option --${issue.keys.join(', --')}, see --help`;
  const option = issue.path.length === 0 ? '' : `--${issue.path.join('.')}: `;
  return `${option}${issue.message}, see --help`;
}
