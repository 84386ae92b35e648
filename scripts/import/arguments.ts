import { extname } from 'node:path';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { memberNameSchema } from '../../chaincode/protocol/identifiers.ts';
import { IMPORT_FORMATS, type ImportFormat } from '../../network/import/survey.ts';

export interface ImportArguments {
  readonly file: string;
  /** Who registers, such as `admin@operator`. */
  readonly member: string;
  readonly format: ImportFormat;
  readonly dryRun: boolean;
  /** Whether the devices become active, too. */
  readonly activate: boolean;
}

export interface RawArguments {
  readonly positionals: readonly string[];
  readonly member: string | undefined;
  readonly format: string | undefined;
  readonly dryRun: boolean;
  readonly activate: boolean;
}

const formatSchema = z.enum(IMPORT_FORMATS);

/** @throws BiotError INVALID_ARGUMENT saying which argument is wrong, and how it would be right */
export function checkArguments({ positionals, member, format, ...flags }: RawArguments): ImportArguments {
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) throw wrong('name one file');
  const name = memberNameSchema.safeParse(member);
  if (!name.success) throw wrong('--as names the member who registers, such as admin@operator');
  const chosen = formatSchema.safeParse(format ?? extname(file).slice(1).toLowerCase());
  if (!chosen.success) throw wrong(`--format is one of ${IMPORT_FORMATS.join(', ')}`);
  return { file, member: name.data, format: chosen.data, ...flags };
}

function wrong(message: string): BiotError {
  return new BiotError('INVALID_ARGUMENT', message);
}
