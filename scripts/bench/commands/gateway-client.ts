import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';

import { z } from 'zod';

import { BiotError } from '../../../chaincode/protocol/errors.ts';
import type { Home } from '../../../network/home/home.ts';
import { listedSignIns } from '../../platform/demo-people.ts';

const API = '/api/v1';
const signedInSchema = z.object({ accessToken: z.string() });

interface Call {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly body: object;
}

/** A person who works with the gateway's API, on connections that are kept. */
export class GatewayClient {
  readonly #port: number;
  readonly #agent: Agent;
  #token = '';

  /** @param port of who serves the API; nobody is signed in */
  constructor(home: Home, { port, connections }: { port: number; connections: number }) {
    this.#port = port;
    const ca = readFileSync(home.path('pki', 'platform-ca', 'cert.pem'), 'utf8');
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca });
  }

  /** Signs a person of the demo in. @throws BiotError PROCESS_FAILED with what the gateway answered */
  static async signIn(home: Home, name: string, connections: number): Promise<GatewayClient> {
    const client = new GatewayClient(home, { port: home.ports.gateway, connections });
    const password = listedSignIns(home).find((signIn) => signIn.name === name)?.password;
    const answer = await client.send({ method: 'POST', path: '/auth/sign-in', body: { name, password } });
    client.#token = signedInSchema.parse(answer).accessToken;
    return client;
  }

  /** @returns the answer's body. @throws BiotError PROCESS_FAILED unless it is one of success */
  async send({ method, path, body }: Call): Promise<unknown> {
    const { status, text } = await this.#exchange({ method, path, body });
    if (status < 300) return JSON.parse(text);
    throw new BiotError('PROCESS_FAILED', `${method} ${path} was answered ${status}: ${text.slice(0, 500)}`);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange({ method, path, body }: Call): Promise<{ status: number; text: string }> {
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
    const content = JSON.stringify(body);
    const asked = request(
      {
        method,
        host: '127.0.0.1',
        port: this.#port,
        path: `${API}${path}`,
        agent: this.#agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(content),
          ...(this.#token !== '' && { authorization: `Bearer ${this.#token}` }),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => (text += part));
        response.on('error', reject);
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
      },
    );
    asked.on('error', reject);
    asked.end(content);
    return promise;
  }
}
