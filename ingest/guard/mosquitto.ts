import { connectAsync } from 'mqtt';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import { PRIVATE_FILE, writeFileAtomically } from '../../network/home/files.ts';
import { type Authority, serialNumberOf } from '../../network/pki/authority.ts';
import { createRevocationList } from '../../network/pki/revocation-list.ts';
import type { Broker } from './broker-guard.ts';

export interface MosquittoOptions {
  /** The devices' authority, which signs the list. */
  readonly authority: Authority;
  /** The `crlfile` of the devices' listener. */
  readonly revocationListFile: string;
  /** The broker's process as it runs now; undefined when it does not. */
  readonly process: () => number | undefined;
  /** The listener for services, where a client may name itself as it likes. */
  readonly endpoint: { port: number; authority: string; certificate: string; key: string };
}

const PATIENCE_MS = 5_000;

/** Mosquitto, told by its files and a signal: mosquitto.conf(5) `crlfile`, mosquitto(8) SIGHUP. */
export class Mosquitto implements Broker {
  readonly #options: MosquittoOptions;

  constructor(options: MosquittoOptions) {
    this.#options = options;
  }

  async refuse(keys: readonly string[]): Promise<void> {
    const { authority, revocationListFile, process: running } = this.#options;
    const list = await createRevocationList(authority, keys.map(serialNumberOf));
    writeFileAtomically(revocationListFile, list, PRIVATE_FILE);
    const pid = running();
    // A broker that is not there reads the list when it starts.
    if (pid !== undefined) process.kill(pid, 'SIGHUP');
  }

  /**
   * Takes the client id over (MQTT 5 section 3.1.4, MQTT-3.1.4-3), which ends the connection that has it. The signal
   * comes before this connection does, so the broker has read the list by then, and the device cannot come back.
   */
  async disconnect(device: string): Promise<void> {
    const { endpoint, process: running } = this.#options;
    if (running() === undefined) return;
    try {
      const client = await connectAsync(`mqtts://127.0.0.1:${endpoint.port}`, {
        protocolVersion: 5,
        clientId: device,
        clean: true,
        ca: endpoint.authority,
        cert: endpoint.certificate,
        key: endpoint.key,
        // Node refuses an address as a TLS server name; the broker's certificate names localhost too.
        servername: 'localhost',
        reconnectPeriod: 0,
        connectTimeout: PATIENCE_MS,
      });
      await client.endAsync();
    } catch (cause) {
      throw new BiotError('BROKER_UNAVAILABLE', `the connection of ${device} could not be ended`, { cause });
    }
  }
}
