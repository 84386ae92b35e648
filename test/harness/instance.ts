import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';

import { type Pool } from 'mariadb';
import { z } from 'zod';

import { CHECKOUT, type Home, openHome } from '../../network/home/home.ts';
import type { ProcessStatus } from '../../network/processes/process-spec.ts';
import { waitUntil } from '../../network/processes/wait-until.ts';
import { listedSignIns } from '../../scripts/platform/demo-people.ts';
import { allStatuses } from '../../scripts/platform/processes.ts';
import { connectPool, homeDatabase } from '../../sql/connect.ts';

/** The instance that the test runner started: its home is in BIOT_HOME. */
export function testHome(): Home {
  return openHome();
}

/** A connection as the owner of the database: what an attacker with its password could do. */
export function ownerPool(home: Home): Pool {
  return connectPool(homeDatabase(home, 'biot'));
}

export interface Ran {
  code: number;
  out: string;
  error: string;
}

/** Runs a command of ours as people do, and gives what it printed. */
export function runScript(name: string, ...args: string[]): Promise<Ran> {
  return runProgram(process.execPath, [join(CHECKOUT, 'scripts', `${name}.ts`), ...args]);
}

export function runProgram(
  command: string,
  args: readonly string[],
  input?: string | Buffer,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: CHECKOUT, env, stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    let out = '';
    let error = '';
    // A character may come in two chunks.
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (error += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code: code ?? 1, out, error });
    });
  });
}

/** The JSON object that a command with `--json` prints as its last line. */
export function lastJson<Shape extends z.ZodType>(out: string, shape: Shape): z.output<Shape> {
  return shape.parse(JSON.parse(out.trimEnd().split('\n').at(-1) ?? ''));
}

/** Kills a process of the instance the hard way, as a crash would. */
export async function crash(home: Home, name: string): Promise<void> {
  const status = (): ProcessStatus | undefined => allStatuses(home).find((process) => process.name === name);
  const pid = status()?.pid;
  if (typeof pid !== 'number') throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
  await eventually(() => status()?.state === 'crashed', `${name} to be gone`);
}

export async function startAgain(): Promise<void> {
  const ran = await runScript('start', '--detach');
  if (ran.code !== 0) throw new Error(`start failed: ${ran.error}`);
}

/** Waits for a condition; fails with what was waited for. */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 30_000,
): Promise<void> {
  if (!(await waitUntil(condition, withinMs)))
    throw new Error(`waited ${withinMs / 1000} s in vain for ${what}`);
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

interface Call {
  method?: string;
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Of the gateway, unless told. */
  port?: number;
}

/** Asks a server of the platform over HTTPS, checking its certificate against the platform's authority. */
export function ask(
  home: Home,
  path: string,
  { method = 'GET', token, headers = {}, body, port = home.ports.gateway }: Call = {},
): Promise<Answer> {
  const agent = new Agent({ ca: readFileSync(home.path('pki', 'platform-ca', 'cert.pem')) });
  const content = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      `https://127.0.0.1:${port}${path}`,
      {
        method,
        agent,
        headers: {
          ...(content !== undefined && { 'content-type': 'application/json' }),
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const json = response.headers['content-type']?.includes('json') === true;
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: json ? JSON.parse(text) : text,
          });
        });
      },
    );
    request.once('error', reject);
    request.end(content);
  });
}

export function passwordOf(home: Home, name: string): string {
  const person = listedSignIns(home).find((candidate) => candidate.name === name);
  if (person === undefined) throw new Error(`no demo person ${name}`);
  return person.password;
}

/** Signs a person in, one of the demo's unless a password is given, and gives the access token. */
export async function signIn(home: Home, name: string, password = passwordOf(home, name)): Promise<string> {
  const answer = await ask(home, '/api/v1/auth/sign-in', {
    method: 'POST',
    body: { name, password },
  });
  return z.looseObject({ accessToken: z.string() }).parse(answer.body).accessToken;
}

export interface Counts {
  readings: number;
  distinct: number;
}

/** How many readings of a device are stored, and how many different ones: equal when nothing is doubled. */
export async function countReadings(pool: Pool, device: string): Promise<Counts> {
  const rows: unknown = await pool.query(
    `SELECT COUNT(*) AS readings, COUNT(DISTINCT epoch, seq, sensor_type) AS distinct_readings FROM telemetry WHERE device_id = ?`,
    [device],
  );
  const [row] = z
    .array(z.object({ readings: z.coerce.number(), distinct_readings: z.coerce.number() }))
    .parse(rows);
  return { readings: row?.readings ?? 0, distinct: row?.distinct_readings ?? 0 };
}
