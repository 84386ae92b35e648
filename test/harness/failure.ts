/** What an attempt fails with that is expected to fail; when it succeeds, that is the failure. */
export async function failureOf(attempt: Promise<unknown>): Promise<unknown> {
  let result: unknown;
  try {
    result = await attempt;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a failure, but there came ${JSON.stringify(result)}`);
}

/** The code of what it fails with. */
export async function codeOf(attempt: Promise<unknown>): Promise<unknown> {
  const error = await failureOf(attempt);
  return error instanceof Error && 'code' in error ? error.code : error;
}
