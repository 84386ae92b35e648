import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

import type { Metrics } from '../metrics.ts';
import { contextOf } from './context.ts';

const LONGEST_PATH = 200;

/**
 * One line and one observation for each request. Headers, queries and bodies stay out of the log: that is where
 * tokens, passwords and people's searches are.
 */
export function accessLog({ log, metrics }: { log: Logger; metrics: Metrics }): RequestHandler {
  return (request, response, next) => {
    const context = contextOf(request);
    response.setHeader('X-Request-Id', context.id);
    // `close` comes after every answer, finished or broken off.
    response.once('close', () => {
      const ms = performance.now() - context.startedAt;
      const { id, who, route } = context;
      const { method } = request;
      const status = response.writableFinished ? response.statusCode : 499;
      metrics.request({ method, route, status }, ms / 1000);
      const path = request.path.slice(0, LONGEST_PATH);
      log.info(
        { id, method, path, status, ms: Math.round(ms), address: request.socket.remoteAddress, who },
        'request',
      );
    });
    next();
  };
}
