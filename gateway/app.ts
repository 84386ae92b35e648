import express, { type Express, type RequestHandler } from 'express';

import { dashboard } from './dashboard.ts';
import { accessLog } from './http/access-log.ts';
import { problemHandler } from './http/errors.ts';
import { requireLoopbackHost } from './http/loopback-host.ts';
import { Refusal } from './http/problem.ts';
import { networkOf, type Quota, RateLimit } from './http/rate-limit.ts';
import { mount } from './http/router.ts';
import { securityHeaders } from './http/security-headers.ts';
import type { Parts } from './parts.ts';
import { routes } from './routes/index.ts';

export interface AppOptions {
  /** Answers to loopback names only: for the listener without TLS. */
  readonly loopbackOnly?: boolean;
  /** Folder of the built dashboard, if it is to be served too. */
  readonly dashboard?: string;
  /** Requests to the API from one network. */
  readonly quota?: Quota;
}

export const REQUEST_QUOTA: Quota = { points: 6_000, seconds: 60 };

function limited(quota: Quota): RequestHandler {
  const limit = new RateLimit(quota);
  return async (request, _response, next) => {
    await limit.consume(networkOf(request.socket.remoteAddress ?? 'unknown'));
    next();
  };
}

/** Answers of the API are for the asker, now: no cache may keep them. */
const neverStored: RequestHandler = (_request, response, next) => {
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** The gateway as a function from requests to answers: it listens nowhere and starts nothing. */
export function createApp(parts: Parts, options: AppOptions = {}): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(accessLog(parts), securityHeaders());
  if (options.loopbackOnly === true) app.use(requireLoopbackHost);
  app.use('/api', limited(options.quota ?? REQUEST_QUOTA), neverStored);
  app.use(mount(routes, parts));
  if (options.dashboard !== undefined) app.use(dashboard(options.dashboard));
  app.use((request) => {
    throw new Refusal('NOT_FOUND', `there is no ${request.path.slice(0, 200)} here`);
  });
  app.use(problemHandler(parts));
  return app;
}
