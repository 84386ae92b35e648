import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { z } from 'zod';

const bodySchema = z.object({
  type: z.enum(['alerts', 'test', 'telemetry']),
  data: z.object({
    notices: z.array(z.looseObject({ alert: z.string(), step: z.string(), type: z.string() })).default([]),
  }),
});

/** What a webhook was sent. */
export interface Received {
  readonly path: string;
  readonly id: string;
  readonly text: string;
  readonly body: z.infer<typeof bodySchema>;
  /** Whether it is signed with this secret, by somebody else's reading of Standard Webhooks. */
  isSignedWith(secret: string): boolean;
}

function header(request: IncomingMessage, name: string): string {
  return z.string().parse(request.headers[name]);
}

/** A webhook of a test's. What is at `/answers/NUMBER` answers so, what is at `/hangs` never does. */
export class Hook {
  readonly received: Received[] = [];
  /** What is answered elsewhere. */
  status = 200;
  /** Whether nobody is answered: what is sent arrives all the same. */
  silent = false;
  #server: Server | undefined;

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      void this.#read(request).then((received) => {
        this.received.push(received);
        if (this.silent || received.path === '/hangs') return;
        const asked = /^\/answers\/(\d{3})$/.exec(received.path)?.[1];
        response
          .writeHead(asked === undefined ? this.status : Number(asked), { location: '/elsewhere' })
          .end();
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  url(path: string): string {
    const { port } = this.#server!.address() as AddressInfo;
    return `http://localhost:${port}${path}`;
  }

  at(path: string): Received[] {
    return this.received.filter((received) => received.path === path);
  }

  async #read(request: IncomingMessage): Promise<Received> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(z.instanceof(Buffer).parse(part));
    const text = Buffer.concat(parts).toString();
    const id = header(request, 'webhook-id');
    const signed = `${id}.${header(request, 'webhook-timestamp')}.${text}`;
    const signature = header(request, 'webhook-signature');
    return {
      path: request.url ?? '',
      id,
      text,
      body: bodySchema.parse(JSON.parse(text)),
      isSignedWith: (secret) => {
        const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
        return signature === `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
      },
    };
  }
}
