import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';

/** What has to hold for the worker to do its work; each says so at this moment. */
export type ReadinessChecks = Readonly<Record<string, () => boolean | Promise<boolean>>>;

export interface OperationsOptions {
  readonly registry: Registry;
  readonly checks: ReadinessChecks;
  /** Why, for what stands still until people look. */
  readonly reasons?: () => Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

async function readiness({ checks, reasons: explain }: OperationsOptions): Promise<Answer> {
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await check()] as const),
  );
  const ready = results.every(([, holds]) => holds);
  const reasons = explain?.() ?? {};
  const why = Object.keys(reasons).length > 0 && { reasons };
  return json(ready ? 200 : 503, { ready, checks: Object.fromEntries(results), ...why });
}

/** `/healthz`: the process lives. `/readyz`: it can work. `/metrics`: its numbers, for Prometheus. */
export async function answer(
  options: OperationsOptions,
  method: string | undefined,
  path: string | undefined,
): Promise<Answer> {
  if (method !== 'GET') return json(405, { error: 'only GET' });
  switch (path) {
    case '/healthz':
      return json(200, { healthy: true });
    case '/readyz':
      return readiness(options);
    case '/metrics':
      return { status: 200, type: options.registry.contentType, body: await options.registry.metrics() };
    default:
      return json(404, { error: 'not found' });
  }
}

/** An HTTPS server for whoever runs the worker. It tells numbers, never data. Not listening yet. */
export function operationsServer(
  options: OperationsOptions,
  { certificate, key }: { certificate: string; key: string },
): Server {
  const handle = async ({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status, type, body } = await answer(options, method, url).catch(() =>
      json(500, { error: 'internal' }),
    );
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
  };
  const server = createServer({ cert: certificate, key, minVersion: 'TLSv1.3' }, (request, response) => {
    void handle(request, response);
  });
  server.requestTimeout = 5_000;
  return server;
}
