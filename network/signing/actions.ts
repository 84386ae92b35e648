/** Changes as they are asked for, checked before anybody is asked to sign them. */
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { readCode } from '../../chaincode/protocol/onboarding/code.ts';
import { type Parameter, PARAMETERS } from './parameters.ts';
import type { LedgerAction } from './proposal.ts';
import { utf8 } from './protobuf.ts';
import { SIGNABLE, type Signable } from './signable.ts';

/** Bytes of all arguments together: some two hundred registrations. */
export const MOST_ARGUMENT_BYTES = 96 * 1024;

/** @throws BiotError INVALID_ARGUMENT when it is nothing that can be signed here, or an argument is not as it has to be */
export function signableOf(action: LedgerAction): Signable {
  const found = SIGNABLE.find(
    ({ channel, contract, method }) =>
      channel === action.channel && contract === action.contract && method === action.method,
  );
  if (found === undefined) {
    throw refused(`${action.contract}:${action.method} on ${action.channel} is no change to be signed here`);
  }
  requireArguments(found, action.arguments);
  requireCode(found, action.code);
  if (utf8(action.arguments.join('')).length > MOST_ARGUMENT_BYTES)
    throw refused(`${found.name}: more than ${MOST_ARGUMENT_BYTES / 1024} KiB in one transaction`);
  return found;
}

/** @throws BiotError INVALID_ARGUMENT */
export function actionFrom(
  { channel, contract, method, parameters }: Signable,
  values: Readonly<Partial<Record<Parameter, string>>>,
  code?: string,
): LedgerAction {
  const action = {
    ...{ channel, contract, method, arguments: parameters.map((name) => values[name] ?? '') },
    ...(code !== undefined && { code }),
  };
  signableOf(action);
  return action;
}

function requireArguments({ name, parameters }: Signable, values: readonly string[]): void {
  if (values.length !== parameters.length) throw refused(`${name} takes ${parameters.length} arguments`);
  for (const [index, parameter] of parameters.entries()) {
    const { schema, what } = PARAMETERS[parameter];
    const checked = schema.safeParse(values[index]);
    if (checked.success) continue;
    const [issue] = checked.error.issues;
    const field = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
    throw refused(`${name}, ${what}${field}: ${issue?.message ?? 'not valid'}`);
  }
}

/** A transaction is without its code, so that only the contract can miss it. */
function requireCode({ name, takesCode }: Signable, code: string | undefined): void {
  if (code === undefined) return;
  if (takesCode !== true) throw refused(`${name} takes no code`);
  readCode(code);
}

function refused(message: string): BiotError {
  return new BiotError('INVALID_ARGUMENT', message);
}
