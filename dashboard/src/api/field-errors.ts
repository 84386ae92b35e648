import { sentence } from '../format/sentence.ts';

interface Issue {
  path: readonly PropertyKey[];
  message: string;
}

/** The first thing wrong with each field in a sentence, by the field's name. */
export function fieldErrors(issues: readonly Issue[] = []): Partial<Record<string, string>> {
  const errors: Partial<Record<string, string>> = {};
  for (const { path, message } of issues) errors[String(path[0])] ??= sentence(message);
  return errors;
}
