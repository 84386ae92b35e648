import { readFileSync } from 'node:fs';

import express, { type Express } from 'express';
import type { Pool } from 'mariadb';
import { z } from 'zod';

import { decodeAnswer, type Order } from '../../../chaincode/protocol/command/wire.ts';
import {
  ANSWER_SUBSCRIPTION,
  answerTopic,
  commandTopic,
  type TopicOwner,
} from '../../../chaincode/protocol/topics.ts';
import { tlsConnector } from '../../../ingest/device/tls-connector.ts';
import type { Home } from '../../../network/home/home.ts';
import { credentialsIn } from '../../../network/pki/credentials.ts';
import { execute } from '../../../sql/query.ts';
import { BrokerStream } from '../load/broker-stream.ts';
import { type PlainServer, servePlainly } from '../plain-server.ts';

/** What one would write without a ledger. */
export const PLAIN_DESK =
  'plain alternative: Express over HTTPS writes a row and publishes the order to the same device by the same broker, and its last answer is the end of the row; nobody decides whether it may be sent, nothing is signed, and nobody else has a copy';

const WORKER = 'ingest-1';
const TABLE = 'bench_commands';
const LIFETIME_MS = 600_000;
const CREATED = 201;

const bodySchema = z.object({
  id: z.uuid(),
  name: z.string(),
  devices: z.array(z.string()).length(1),
  parameters: z.record(z.string(), z.json()),
});

interface DeskParts {
  readonly database: Pool;
  readonly fleet: readonly TopicOwner[];
}

/** Stands in for gateway and ingest, which must not listen meanwhile: each answer goes to one of those who do. */
export class PlainDesk {
  readonly #parts: DeskParts;
  readonly #broker: BrokerStream;
  readonly #waiting = new Map<string, () => void>();
  #server: PlainServer | undefined;
  #failure: Error | undefined;

  private constructor(home: Home, parts: DeskParts) {
    this.#parts = parts;
    const { certificateFile, keyFile } = credentialsIn(home.path('pki', WORKER));
    const authority = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
    const credentials = {
      device: WORKER,
      certificate: readFileSync(certificateFile, 'utf8'),
      privateKey: readFileSync(keyFile, 'utf8'),
    };
    this.#broker = new BrokerStream(
      tlsConnector({ port: home.ports.mqttInternal, authority }, credentials)(),
      { device: WORKER, topic: ANSWER_SUBSCRIPTION },
      {
        received: ({ payload }) => {
          const { id, state } = decodeAnswer(Buffer.from(payload));
          if (id !== undefined && state === 'succeeded') void this.#finish(id);
        },
        failed: (reason) => {
          this.#failure ??= reason;
        },
      },
    );
  }

  static async start(home: Home, parts: DeskParts): Promise<PlainDesk> {
    await execute(
      parts.database,
      `CREATE TABLE IF NOT EXISTS ${TABLE} (
        command_id UUID NOT NULL PRIMARY KEY, device_id VARCHAR(64) NOT NULL, name VARCHAR(64) NOT NULL,
        parameters JSON NOT NULL, issued_at DATETIME(3) NOT NULL, finished_at DATETIME(3) NULL)`,
      [],
    );
    const desk = new PlainDesk(home, parts);
    await desk.#broker.ready;
    desk.#server = await servePlainly(home, desk.#application());
    return desk;
  }

  get port(): number {
    return this.#server?.port ?? 0;
  }

  /** Why no more answers come, when it is so. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when the row of a command has its end. */
  finished(id: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  async close(): Promise<void> {
    this.#broker.close();
    await this.#server?.close();
    await execute(this.#parts.database, `DROP TABLE ${TABLE}`, []);
  }

  #application(): Express {
    const application = express();
    application.disable('x-powered-by').disable('etag');
    application.use(express.json());
    application.post('/api/v1/commands', async (request, response) => {
      const { id, name, devices, parameters } = bodySchema.parse(request.body);
      await execute(
        this.#parts.database,
        `INSERT INTO ${TABLE} (command_id, device_id, name, parameters, issued_at) VALUES (?, ?, ?, ?, NOW(3))`,
        [id, devices[0], name, JSON.stringify(parameters)],
      );
      const expiresAt = new Date(Date.now() + LIFETIME_MS).toISOString();
      this.#order(devices[0], { id, name, parameters, expiresAt, timeoutSeconds: 60 });
      response.status(CREATED).json({ id });
    });
    return application;
  }

  #order(device: string | undefined, order: Order): void {
    const owner = this.#parts.fleet.find((candidate) => candidate.device === device);
    if (owner === undefined) return;
    const properties = { responseTopic: answerTopic(owner), correlationData: Buffer.from(order.id) };
    this.#broker.publish([{ topic: commandTopic(owner), payload: JSON.stringify(order), properties }]);
  }

  async #finish(id: string): Promise<void> {
    await execute(this.#parts.database, `UPDATE ${TABLE} SET finished_at = NOW(3) WHERE command_id = ?`, [
      id,
    ]);
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }
}
