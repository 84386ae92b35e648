/**
 * What the scripts leave to a language with JSON when they look at, or change, a channel's configuration. The JSON is
 * configtxlator's, on standard input.
 *
 *   draft CHANGE FOLDER       puts the configuration in a block into FOLDER/before.json, and what the change in that
 *                             file makes of it into FOLDER/after.json
 *   draft-revocation CHANGE FOLDER   the same for a change that revokes certificates
 *   envelope                  an update as the envelope that people sign
 *   same FILE                 `same` when two envelopes ask for the very same, the other one in a file
 *   members                   the MSP ids of the members in a block's configuration, one a line
 *   signers                   the MSP ids of those who signed an envelope, one a line
 *   changes FILE              what a configuration changes in the one in a file, one a line
 *   block [FILE]              a block's change and signatures, in words; the file has the configuration before it
 *   last                      the number of the last block with a configuration, as a block's metadata has it
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isDeepStrictEqual } from 'node:util';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { runCommand } from '../cli/command.ts';
import { readJsonInput } from '../cli/input-file.ts';
import { changed, changeSchema, membersIn, revocationSchema } from './config-change.ts';
import {
  blockMetadataSchema,
  type Config,
  configBlockSchema,
  configSchema,
  type ConfigUpdate,
  envelopeSchema,
  lastConfig,
  updateSchema,
} from './config-json.ts';
import { changesBetween, configBlockText, signersOf } from './config-words.ts';

type Answer = (input: unknown, ...args: string[]) => string;

const ANSWERS: Readonly<Record<string, Answer>> = {
  draft: draft(changeSchema),
  'draft-revocation': draft(revocationSchema),
  envelope: (update) => JSON.stringify(envelopeOf(updateSchema.parse(update))),
  same: (envelope, file = '') =>
    isDeepStrictEqual(updateIn(envelope), updateIn(readJsonInput(file))) ? 'same' : 'different',
  members: (block) => membersIn(configIn(block)).join('\n'),
  signers: (envelope) =>
    signersOf(envelopeSchema.parse(envelope))
      .map(({ mspid }) => mspid)
      .join('\n'),
  changes: (config, file = '') =>
    changesBetween(configSchema.parse(readJsonInput(file)), configSchema.parse(config)).join('\n'),
  block: (block, file = '') =>
    configBlockText(
      configBlockSchema.parse(block),
      file === '' ? undefined : configBlockSchema.parse(readJsonInput(file)),
    ),
  last: (block) => String(lastConfig(blockMetadataSchema.parse(block))),
};

await runCommand({
  help: 'Part of the scripts that change the consortium.',
  options: {},
  async run({ positionals: [name = '', ...args] }) {
    const answer = ANSWERS[name];
    if (answer === undefined)
      throw new BiotError('INVALID_ARGUMENT', `expected ${Object.keys(ANSWERS).join(', ')}`);
    process.stdout.write(`${answer(JSON.parse(await text(process.stdin)), ...args)}\n`);
    return 0;
  },
});

function draft(schema: typeof changeSchema | typeof revocationSchema): Answer {
  return (block, change = '', folder = '') => {
    const before = configIn(block);
    const after = changed(before, schema.parse(readJsonInput(change)));
    writeFileSync(join(folder, 'before.json'), JSON.stringify(before));
    writeFileSync(join(folder, 'after.json'), JSON.stringify(after));
    return '';
  };
}

function configIn(block: unknown): Config {
  return configBlockSchema.parse(block).data.data[0].payload.data.config;
}

function updateIn(envelope: unknown): ConfigUpdate {
  return envelopeSchema.parse(envelope).payload.data.config_update;
}

/** configtxlator's form of `common.Envelope`: 2 is HeaderType_CONFIG_UPDATE. */
function envelopeOf(update: ConfigUpdate): object {
  const header = { channel_header: { channel_id: update.channel_id, type: 2 } };
  return { payload: { header, data: { config_update: update } } };
}
