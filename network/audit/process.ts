import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BiotError } from '../../chaincode/protocol/errors.ts';
import { organisationCrypto } from '../fabric/crypto-paths.ts';
import { CHECKOUT, type Home } from '../home/home.ts';
import { instanceFile } from '../home/instance.ts';
import { membershipFile, organisationsOf } from '../home/membership.ts';
import { credentialsIn } from '../pki/credentials.ts';
import { peersOf } from './peers.ts';
import { type Report, reportSchema } from './report.ts';
import type { AuditRequest } from './request.ts';

const REPORT_BYTES = 64 * 1024 * 1024;

/**
 * Runs an audit in a process of its own, which ends with it. The library in there is unmaintained, and so are many that
 * it brings: what it may read is its own code, public certificates and the auditor's key, which can only read. It
 * may write nothing, start nothing and load no native code (nodejs.org/api/permissions.html).
 *
 * @throws BiotError INVALID_ARGUMENT for an address of no peer; PROCESS_FAILED with what the process said
 */
export async function runAudit(home: Home, request: AuditRequest): Promise<Report> {
  peersOf(home, request.addresses);
  const readable = readableFiles(home, request.auditor).map((path) => `--allow-fs-read=${path}`);
  const main = join(import.meta.dirname, 'main.ts');
  const output = await run(process.execPath, ['--permission', ...readable, main, JSON.stringify(request)], {
    BIOT_HOME: home.root,
    // Its own log, an empty list of places to write to: what failed is in the report.
    HFC_LOGGING: '{}',
    NODE_NO_WARNINGS: '1',
  });
  return reportSchema.parse(JSON.parse(output));
}

const CODE = ['package.json', 'network', 'chaincode/package.json', 'chaincode/protocol', 'node_modules'];

/** What the process is made of, as it is named and, behind a symbolic link, where it is: Node asks for both. */
export function codeIn(checkout: string): string[] {
  return CODE.map((path) => join(checkout, path)).flatMap((path) => [path, realpathSync(path)]);
}

function readableFiles(home: Home, auditor: string): string[] {
  const own = credentialsIn(home.path('members', auditor));
  const authorities = organisationsOf(home).flatMap(({ name }) => {
    const { authority, tlsAuthority } = organisationCrypto(home, name);
    return [authority.certificateFile, tlsAuthority.certificateFile];
  });
  return [
    ...codeIn(CHECKOUT),
    instanceFile(home.root),
    membershipFile(home),
    own.certificateFile,
    own.keyFile,
    ...authorities,
  ];
}

function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { env, cwd: CHECKOUT, maxBuffer: REPORT_BYTES }, (cause, stdout, stderr) => {
      if (cause === null) resolve(stdout);
      else
        reject(
          new BiotError('PROCESS_FAILED', `the audit did not come to its end: ${stderr.trim()}`, { cause }),
        );
    });
  });
}
