/**
 * What policy.sh leaves to a language with JSON: it checks what people wrote and words what the peers answered, which
 * comes on standard input, one answer a line.
 *
 *   step FILE ORGANISATION   what is left to do for the change in FILE, of the rules and all proposals: nothing as it
 *                            is `made`, approving what is `open ID`, or proposing it as `new`
 *   proposals | proposal | explanation
 *                            the answer in words
 *   missing                  whose approval a proposal lacks
 *   outcome                  a proposal's status, who proposed it, and who decided or `-`
 */
import { text } from 'node:stream/consumers';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { organisationName } from '../../chaincode/protocol/identifiers.ts';
import { type PolicyChange, policyChangeSchema } from '../../chaincode/protocol/policy/change.ts';
import { explanationSchema } from '../../chaincode/protocol/policy/explain.ts';
import {
  type Proposal,
  proposalPageSchema,
  proposalSchema,
} from '../../chaincode/protocol/policy/proposal.ts';
import { ruleSchema } from '../../chaincode/protocol/policy/rule.ts';
import { openHome } from '../../network/home/home.ts';
import { organisationsOf } from '../../network/home/membership.ts';
import { runCommand } from '../cli/command.ts';
import { readInputAs } from '../cli/input-file.ts';
import {
  explanationText,
  isMade,
  missingApproval,
  openProposal,
  type Present,
  proposalText,
  statusText,
} from './policy-words.ts';

type Words = (...args: string[]) => Promise<string> | string;

const WORDS: Readonly<Record<string, Words>> = {
  async step(file = '', organisation = '') {
    const change = readChange(file);
    const [rules = '', ...pages] = await answers();
    if (isMade(change, z.array(ruleSchema).parse(JSON.parse(rules)))) return 'made';
    const open = openProposal(proposalsIn(pages), { change, organisation, now: Date.now() });
    return open === undefined ? 'new' : `open ${open.id}`;
  },
  async proposals() {
    const inTime = proposalsIn(await answers()).sort((one, other) =>
      one.proposed.at < other.proposed.at ? -1 : 1,
    );
    return inTime.length === 0
      ? 'there are no proposals'
      : inTime.map((each) => proposalText(each, present())).join('\n');
  },
  proposal: async () => proposalText(await proposal(), present()),
  explanation: async () => explanationText(explanationSchema.parse(JSON.parse(await text(process.stdin)))),
  missing: async () => missingApproval(await proposal(), present().members),
  async outcome() {
    const found = await proposal();
    const { proposed, decided } = found;
    return `${statusText(found, Date.now())} ${organisationName(proposed.org)} ${decided === null ? '-' : organisationName(decided.org)}`;
  },
};

await runCommand({
  help: 'Part of policy.sh.',
  options: {},
  async run({ positionals: [name = '', ...args] }) {
    const words = WORDS[name];
    if (words === undefined)
      throw new BiotError('INVALID_ARGUMENT', `expected ${Object.keys(WORDS).join(', ')}`);
    process.stdout.write(`${await words(...args)}\n`);
    return 0;
  },
});

function present(): Present {
  return { members: organisationsOf(openHome()).map(({ name }) => name), now: Date.now() };
}

function readChange(file: string): PolicyChange {
  return readInputAs(file, 'change of the policy', policyChangeSchema);
}

async function answers(): Promise<string[]> {
  return (await text(process.stdin)).trim().split('\n');
}

function proposalsIn(pages: readonly string[]): Proposal[] {
  return pages.flatMap((page) => proposalPageSchema.parse(JSON.parse(page)).proposals);
}

async function proposal(): Promise<Proposal> {
  return proposalSchema.parse(JSON.parse(await text(process.stdin)));
}
