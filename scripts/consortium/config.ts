/**
 * What the scripts leave to a language with JSON when they look at, or change, a channel's configuration. The JSON is
 * configtxlator's, on standard input.
 *
 *   config                    the configuration in a block
 *   changed CHANGE            the configuration as the change in that file makes it
 *   envelope                  an update as the envelope that people sign
 *   update                    the update in an envelope
 *   same FILE                 `same` when two updates ask for the very same, the other one in a file
 *   members                   the MSP ids of the members in a configuration, one a line
 *   signers                   the MSP ids of those who signed an envelope, one a line
 *   text                      what an envelope's update changes, one a line
 *   block                     a block's change and signatures, in words
 *   last                      the number of the last block with a configuration, as a block's metadata has it
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { runCommand } from '../cli/command.ts';
import { changed, changeSchema, membersIn, sameUpdate } from './config-change.ts';
import {
  blockMetadataSchema,
  configBlockSchema,
  configSchema,
  envelopeSchema,
  lastConfig,
  updateSchema,
} from './config-json.ts';
import { configBlockText, signersOf, updateText } from './config-words.ts';

type Answer = (input: unknown, file: string) => unknown;

const ANSWERS: Readonly<Record<string, Answer>> = {
  config: (block) => configBlockSchema.parse(block).data.data[0].payload.data.config,
  changed: (config, file) => changed(configSchema.parse(config), changeSchema.parse(readJson(file))),
  envelope: (update) => envelopeOf(updateSchema.parse(update)),
  update: (envelope) => envelopeSchema.parse(envelope).payload.data.config_update,
  same: (update, file) => (sameUpdate(update, readJson(file)) ? 'same' : 'different'),
  members: (config) => membersIn(configSchema.parse(config)).join('\n'),
  signers: (envelope) =>
    signersOf(envelopeSchema.parse(envelope))
      .map(({ mspid }) => mspid)
      .join('\n'),
  text: (envelope) => updateText(envelopeSchema.parse(envelope).payload.data.config_update).join('\n'),
  block: (block) => configBlockText(configBlockSchema.parse(block)),
  last: (block) => String(lastConfig(blockMetadataSchema.parse(block))),
};

await runCommand({
  help: 'Part of the scripts that change the consortium.',
  options: {},
  async run({ positionals: [name = '', file = ''] }) {
    const answer = ANSWERS[name];
    if (answer === undefined)
      throw new BiotError('INVALID_ARGUMENT', `expected ${Object.keys(ANSWERS).join(', ')}`);
    const result = answer(JSON.parse(await text(process.stdin)), file);
    process.stdout.write(`${typeof result === 'string' ? result : JSON.stringify(result)}\n`);
    return 0;
  },
});

/** configtxlator's form of `common.Envelope`: 2 is HeaderType_CONFIG_UPDATE. */
function envelopeOf(update: { readonly channel_id: string }): object {
  const header = { channel_header: { channel_id: update.channel_id, type: 2 } };
  return { payload: { header, data: { config_update: update } } };
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new BiotError('INVALID_ARGUMENT', `cannot read ${file} as JSON`, { cause });
  }
}
