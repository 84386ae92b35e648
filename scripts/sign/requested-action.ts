import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { actionFrom } from '../../network/signing/actions.ts';
import type { Parameter } from '../../network/signing/parameters.ts';
import { SIGNABLE, type Signable } from '../../network/signing/signable.ts';
import { newCode } from '../../chaincode/protocol/onboarding/code.ts';
import type { LedgerAction } from '../../network/signing/proposal.ts';
import { readInput, readJsonInput } from '../cli/input-file.ts';

/** How an argument of a contract stands on the command line. */
const WRITTEN: Readonly<
  Record<Parameter, { as: string; from: 'words' | 'json file' | 'text file' | 'draft file' | 'option' }>
> = {
  device: { as: 'DEVICE', from: 'words' },
  devices: { as: 'DEVICES.json', from: 'json file' },
  reason: { as: '--reason TEXT', from: 'option' },
  key: { as: 'PUBLIC-KEY.pem', from: 'text file' },
  until: { as: '[--until INSTANT]', from: 'option' },
  expiry: { as: '[--until INSTANT]', from: 'option' },
  labels: { as: 'LABELS.json', from: 'json file' },
  type: { as: 'TYPE.json', from: 'json file' },
  to: { as: 'MSP-ID', from: 'words' },
  change: { as: 'CHANGE.json', from: 'json file' },
  claim: { as: 'CLAIM.json', from: 'draft file' },
  voucher: { as: 'VOUCHER.json', from: 'draft file' },
  acceptance: { as: 'ACCEPTANCE.json', from: 'json file' },
  codeId: { as: 'ID', from: 'words' },
  definition: { as: 'COMMAND.json', from: 'json file' },
  commands: { as: 'COMMANDS.json', from: 'json file' },
  command: { as: 'COMMAND', from: 'words' },
  release: { as: 'RELEASE.json', from: 'json file' },
  releaseId: { as: 'RELEASE', from: 'words' },
  rollout: { as: 'ROLLOUT.json', from: 'json file' },
  rolloutId: { as: 'ROLLOUT', from: 'words' },
  vendorKey: { as: 'KEY.json', from: 'json file' },
  vendorKeyId: { as: 'KEY', from: 'words' },
  proposal: { as: 'PROPOSAL', from: 'words' },
};

/** One line for each change that can be signed. */
export function usageLines(): string[] {
  return SIGNABLE.map(
    ({ name, parameters }) => `${name} ${parameters.map((parameter) => WRITTEN[parameter].as).join(' ')}`,
  );
}

interface Requested {
  readonly signable: Signable;
  readonly action: LedgerAction;
  /** What the change promises something for: made here, and on the ledger only as its hash. */
  readonly code?: string;
}

interface Options {
  readonly reason?: string | undefined;
  readonly until?: string | undefined;
  /** Of a voucher: not on the command line, which other users of the machine see. */
  readonly spentCode?: string | undefined;
}

/** @throws BiotError INVALID_ARGUMENT */
export function requestedAction(positionals: readonly string[], options: Options): Requested {
  const [subject = '', verb = '', ...words] = positionals;
  const signable = SIGNABLE.find(({ name }) => name === `${subject} ${verb}`);
  if (signable === undefined)
    throw new BiotError('INVALID_ARGUMENT', `expected one of:\n  ${usageLines().join('\n  ')}`);
  const values: Partial<Record<Parameter, string>> = {};
  const { id, code } = newCode();
  for (const parameter of signable.parameters)
    values[parameter] = valueOf(parameter, words, { ...options, id });
  if (words.length > 0)
    throw new BiotError('INVALID_ARGUMENT', `${signable.name} does not take ${JSON.stringify(words[0])}`);
  const isForCode = signable.parameters.some((parameter) => WRITTEN[parameter].from === 'draft file');
  const spent = signable.takesCode === true ? requireCode(options) : undefined;
  return { signable, action: actionFrom(signable, values, spent), ...(isForCode && { code }) };
}

function requireCode({ spentCode }: Options): string {
  if (spentCode === undefined) throw new BiotError('INVALID_ARGUMENT', 'BIOT_CODE has to be the code');
  return spentCode;
}

/** Takes its word from the front of `words`, if that is where it stands. */
function valueOf(
  parameter: Parameter,
  words: string[],
  { id, ...options }: Options & { id: string },
): string {
  if (parameter === 'reason') return options.reason ?? '';
  if (parameter === 'until' || parameter === 'expiry') return options.until ?? '';
  const { as, from } = WRITTEN[parameter];
  const word = words.shift();
  if (word === undefined) throw new BiotError('INVALID_ARGUMENT', `${as} is missing`);
  if (from === 'words') return word;
  if (from === 'text file') return readInput(word);
  const parsed = readJsonInput(word);
  return JSON.stringify(from === 'draft file' ? { id, ...draftSchema.parse(parsed) } : parsed);
}

/** All but the id, which follows from the code. What is in it is checked with the whole. */
const draftSchema = z.looseObject({}).catch({});
