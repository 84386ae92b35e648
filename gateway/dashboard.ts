import { join } from 'node:path';
import express, { type RequestHandler, type Router } from 'express';

import { contextOf } from './http/context.ts';
import { Refusal } from './http/problem.ts';

/** The build puts a hash of the content into the names of the files in this folder: they never change. */
const HASHED = /[\\/]assets[\\/][^\\/]+$/;

const noteRoute: RequestHandler = (request, _response, next) => {
  contextOf(request).route = 'dashboard';
  next();
};

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT';
}

function notBuilt(cause: Error): Refusal {
  const message = 'The dashboard has not been built: npm start builds it. The API works without it.';
  return new Refusal('NOT_SET_UP', message, { cause, status: 503 });
}

/**
 * The built dashboard. Its pages are made in the browser, so every path that is no file, and none of the API's,
 * answers with the one page there is.
 *
 * @param folder `dashboard/dist`
 */
export function dashboard(folder: string): Router {
  const router = express.Router();
  router.use(
    noteRoute,
    express.static(folder, {
      index: false,
      redirect: false,
      setHeaders: (response, file) => {
        response.setHeader(
          'Cache-Control',
          HASHED.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
        );
      },
    }),
  );
  router.get(/^\/(?!api\/|assets\/)/, (request, response, next) => {
    if (request.accepts('html') === false) {
      next();
      return;
    }
    const headers = { 'Cache-Control': 'no-cache' };
    response.sendFile(join(folder, 'index.html'), { headers }, (error) => {
      // Without an error, Express still calls back: the answer is out.
      if (error !== undefined) next(isMissing(error) ? notBuilt(error) : error);
    });
  });
  return router;
}
