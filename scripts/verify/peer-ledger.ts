import { execFile } from 'node:child_process';

import { z } from 'zod';

import { type Device, devicePageSchema } from '../../chaincode/protocol/device.ts';
import { typeSchema } from '../../chaincode/protocol/device-type.ts';
import { BiotError, decodeContractError } from '../../chaincode/protocol/errors.ts';
import { checkpointSchema, type Header, headerSchema, MAX_HEADERS } from '../../chaincode/protocol/header.ts';
import { CHECKOUT, type Home } from '../../network/home/home.ts';
import type { LedgerView, RegistryView } from './ledger-view.ts';

const PAGE_SIZE = '500';
const ATTEMPTS = 3;
const BETWEEN_ATTEMPTS_MS = 1000;
/** A chaincode server that is down makes Fabric wait for minutes. */
const TIMEOUT_MS = 60_000;
/** A page of 500 headers is 200 kB. */
const LARGEST_ANSWER = 16 << 20;
const LONGEST_QUOTE = 240;

/** The command that asks the auditor's own peer, as anyone can type it in the checkout. */
export function peerCommand(transaction: string, ...args: string[]): string {
  return query('anchors', `AnchorContract:${transaction}`, ...args);
}

function query(channel: 'anchors' | 'registry', ...args: string[]): string {
  const call = JSON.stringify({ Args: args });
  return `scripts/consortium/as.sh auditor -- peer chaincode query -C ${channel} -n biot -c '${call}'`;
}

/** Runs a command line and gives what it prints. */
export type Run = (command: string) => Promise<string>;

/** The ledger as Fabric's own `peer` command tells it, in the auditor's name. */
export function peerLedger(run: Run): LedgerView {
  const ask = async <Answer>(schema: z.ZodType<Answer>, command: string): Promise<Answer> =>
    parseAnswer(schema, await run(command));
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

/** The registry as the same peer tells it. */
export function peerRegistry(run: Run): RegistryView {
  return {
    types: async () => parseAnswer(z.array(typeSchema), await run(query('registry', 'TypeContract:List'))),
    async *devices(): AsyncGenerator<Pick<Device, 'id' | 'type'>> {
      let bookmark = '';
      do {
        const answer = await run(query('registry', 'DeviceContract:List', PAGE_SIZE, bookmark));
        const page = parseAnswer(devicePageSchema, answer);
        yield* page.devices;
        ({ bookmark } = page);
      } while (bookmark !== '');
    },
  };
}

/** Tries again when the peer does not answer, as peers restart; a refusal of the contract stays one. */
export function patiently(run: Run, pause: (milliseconds: number) => Promise<void>): Run {
  return async (command) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run(command);
      } catch (error) {
        const lasting = !(error instanceof BiotError) || error.code !== 'LEDGER_UNAVAILABLE';
        if (lasting || attempt === ATTEMPTS) throw error;
        await pause(BETWEEN_ATTEMPTS_MS);
      }
    }
  };
}

/**
 * Runs commands in the checkout, on the instance of this home.
 *
 * @throws BiotError LEDGER_UNAVAILABLE, or the code with which the contract refused
 */
export function inCheckout(home: Pick<Home, 'root'>): Run {
  const options = {
    cwd: CHECKOUT,
    env: { ...process.env, BIOT_HOME: home.root },
    timeout: TIMEOUT_MS,
    maxBuffer: LARGEST_ANSWER,
  };
  return (command) =>
    new Promise((resolve, reject) => {
      // Log ids have neither quotes nor blanks (protocol/identifiers.ts), and come from the ledger's own checkpoints.
      execFile('bash', ['-c', command], options, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(failure(stderr));
      });
    });
}

/** What the command said, as far as it helps. The contract's own words are JSON, quoted by the peer. */
function failure(stderr: string): BiotError {
  const refusal = decodeContractError(stderr.replaceAll('\\"', '"'));
  if (refusal !== undefined) return new BiotError(refusal.code, `the contract refused: ${refusal.message}`);
  const said = stderr.trim().split('\n').at(-1)?.slice(-LONGEST_QUOTE) ?? '';
  const advice = 'npm run status shows whether it runs';
  return new BiotError(
    'LEDGER_UNAVAILABLE',
    `the auditor's peer did not answer; ${advice}. It said: ${said}`,
  );
}

function parseAnswer<Answer>(schema: z.ZodType<Answer>, text: string): Answer {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const message = "the auditor's peer gave an answer of another form";
    throw new BiotError('LEDGER_EVALUATE_FAILED', message, { cause });
  }
}
