import { Agent, request } from 'node:https';

import type { Target } from './http-work.ts';

const LOOPBACK = '127.0.0.1';

/** Asks on so many connections at most, which are kept open. */
export class HttpsClient {
  readonly #agent: Agent;

  constructor(authority: string, connections: number) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections, ca: authority });
  }

  /** @returns the status of the answer, which is read whole */
  get({ port, path }: Target, token: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { authorization: `Bearer ${token}` };
      const asked = request({ host: LOOPBACK, port, path, headers, agent: this.#agent }, (response) => {
        response.resume();
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
        response.on('error', reject);
      });
      asked.on('error', (error: NodeJS.ErrnoException) => {
        // The server may end an idle connection just when it is used again (Node.js, http: request.reusedSocket).
        if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(this.get({ port, path }, token));
        else reject(error);
      });
      asked.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
