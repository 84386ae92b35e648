import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { consortiumProcesses, createConsortium, startConsortium } from '../../network/consortium.ts';
import { createHome, type Home } from '../../network/home/home.ts';
import { requireOrganisation } from '../../network/home/membership.ts';
import { type OrganisationPorts, portsOf } from '../../network/home/ports.ts';
import { organisationCrypto } from '../../network/fabric/crypto-paths.ts';
import { stopProcess } from '../../network/processes/process-manager.ts';
import { buildChaincode } from '../../scripts/platform/builds.ts';
import { type Ran, runProgram } from './instance.ts';

/** A consortium of its own, without the platform around it, for tests that change who belongs to it, and how. */
export class TestConsortium {
  readonly home: Home;
  /** For files of the test, such as the folder that organisations send around. */
  readonly folder: string;

  private constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'biot-consortium-'));
    this.home = createHome(join(this.folder, 'home'));
  }

  static async start(): Promise<TestConsortium> {
    await buildChaincode();
    const consortium = new TestConsortium();
    try {
      await createConsortium(consortium.home, () => undefined);
      await consortium.startAgain();
      return consortium;
    } catch (error) {
      await consortium.remove();
      throw error;
    }
  }

  /** Starts what does not run; returns when all members endorse. */
  startAgain(): Promise<void> {
    return startConsortium(this.home, () => undefined);
  }

  async stop(): Promise<void> {
    await Promise.all(consortiumProcesses(this.home).map((spec) => stopProcess(this.home, spec.name, spec)));
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Runs a script of scripts/consortium on it. */
  run(script: string, ...args: string[]): Promise<Ran> {
    const env = { ...process.env, BIOT_HOME: this.home.root };
    return runProgram(join('scripts', 'consortium', `${script}.sh`), args, undefined, env);
  }

  /** Runs a script that must succeed; gives what it printed. */
  async done(script: string, ...args: string[]): Promise<string> {
    const { code, out, error } = await this.run(script, ...args);
    if (code !== 0) throw new Error(`${script} ${args.join(' ')} failed: ${error}`);
    return out;
  }

  /** Where an organisation's peer is: `auditor`, or `auditor (second)`. */
  peerOf(name: string): string {
    const { peer, secondPeer } = this.#ports(organisationIn(name));
    return `127.0.0.1:${name.endsWith('(second)') ? secondPeer.peer : peer}`;
  }

  /** Submits as a member to the registry, with the endorsements of exactly these peers. */
  invoke(member: string, endorsers: readonly string[], call: readonly string[]): Promise<Ran> {
    const [first = ''] = endorsers.map(organisationIn);
    const options = endorsers.flatMap((name) => [
      '--peerAddresses',
      this.peerOf(name),
      '--tlsRootCertFiles',
      this.#tlsRoot(organisationIn(name)),
    ]);
    const to = ['-o', `127.0.0.1:${this.#ports(first).orderer}`, '--tls', '--cafile', this.#tlsRoot(first)];
    const what = ['-C', 'registry', '-n', 'biot', '--waitForEvent', '-c', JSON.stringify({ Args: call })];
    const command = ['peer', 'chaincode', 'invoke', ...to, ...options, ...what];
    return this.run('as', member.split('@')[1] ?? '', member, '--', ...command);
  }

  #ports(name: string): OrganisationPorts {
    return portsOf(this.home.ports, requireOrganisation(this.home, name));
  }

  #tlsRoot(name: string): string {
    return organisationCrypto(this.home, name).tlsAuthority.certificateFile;
  }
}

function organisationIn(peer: string): string {
  return peer.replace(' (second)', '');
}
