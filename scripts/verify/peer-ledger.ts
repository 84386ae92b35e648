import { execFile } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';

import { z } from 'zod';

import { BiotError, decodeContractError } from '../../chaincode/protocol/errors.ts';
import { checkpointSchema, type Header, headerSchema, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import { CHECKOUT, type Home } from '../../network/home/home.ts';
import type { LedgerView } from './ledger-view.ts';

const ATTEMPTS = 3;
const BETWEEN_ATTEMPTS_MS = 1000;
/** A chaincode server that is down makes Fabric wait for minutes. */
const TIMEOUT_MS = 60_000;
/** A page of 500 headers is 200 kB. */
const LARGEST_ANSWER = 16 << 20;

/** The command that asks the auditor's own peer, as anyone can type it in the checkout. */
export function peerCommand(transaction: string, ...args: string[]): string {
  const call = JSON.stringify({ Args: [`AnchorContract:${transaction}`, ...args] });
  return `scripts/consortium/as.sh auditor -- peer chaincode query -C anchors -n biot -c '${call}'`;
}

/** The ledger as Fabric's own `peer` command tells it, in the auditor's name. */
export function peerLedger(home: Pick<Home, 'root'>): LedgerView {
  const ask = async <Answer>(schema: z.ZodType<Answer>, command: string): Promise<Answer> =>
    parseAnswer(schema, await runPatiently(command, home.root));
  return {
    logs: () => ask(z.array(checkpointSchema), peerCommand('Logs')),
    async *headers(logId, from, to): AsyncGenerator<Header> {
      for (let next = from; next < to; next += MAX_HEADERS) {
        const limit = Math.min(MAX_HEADERS, to - next);
        yield* await ask(z.array(headerSchema), peerCommand('List', logId, String(next), String(limit)));
      }
    },
  };
}

/** Peers restart; a refusal of the contract stays one. */
async function runPatiently(command: string, home: string): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run(command, home);
    } catch (error) {
      const final =
        attempt === ATTEMPTS || !(error instanceof BiotError) || error.code !== 'LEDGER_UNAVAILABLE';
      if (final) throw error;
      await delay(BETWEEN_ATTEMPTS_MS);
    }
  }
}

function run(command: string, home: string): Promise<string> {
  const options = {
    cwd: CHECKOUT,
    env: { ...process.env, BIOT_HOME: home },
    timeout: TIMEOUT_MS,
    maxBuffer: LARGEST_ANSWER,
  };
  return new Promise((resolve, reject) => {
    // Log ids have neither quotes nor blanks (protocol/identifiers.ts), and come from the ledger's own checkpoints.
    execFile('bash', ['-c', command], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(failure(stderr, error));
    });
  });
}

function failure(stderr: string, cause: Error): BiotError {
  const refusal = decodeContractError(stderr.replaceAll('\\"', '"'));
  if (refusal !== undefined)
    return new BiotError(refusal.code, `the contract refused: ${refusal.message}`, { cause });
  const said = stderr.trim().split('\n').at(-1) ?? '';
  return new BiotError(
    'LEDGER_UNAVAILABLE',
    `the auditor's peer did not answer (npm run status shows whether it runs). It said: ${said}`,
    { cause },
  );
}

function parseAnswer<Answer>(schema: z.ZodType<Answer>, text: string): Answer {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw new BiotError('LEDGER_EVALUATE_FAILED', "the auditor's peer gave an answer of another form", {
      cause,
    });
  }
}
