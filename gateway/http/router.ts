import { finished } from 'node:stream/promises';

import express, { type ErrorRequestHandler, type Request, type RequestHandler, type Router } from 'express';

import type { Parts } from '../parts.ts';
import { contextOf } from './context.ts';
import { Exchange } from './exchange.ts';
import { MAX_BODY_BYTES } from './json-body.ts';
import type { LargeBody } from './large-bodies.ts';
import { Refusal } from './problem.ts';
import { networkOf } from './rate-limit.ts';
import type { Method, Route } from './route.ts';
import { Streamed } from './streamed.ts';

/** `/devices/{id}` in OpenAPI is `/devices/:id` in Express. */
function expressPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ':$1');
}

/** Who asks, as far as that is known. */
function callerOf(request: Request, { address }: Exchange): string {
  return contextOf(request).who ?? networkOf(address);
}

function handlerOf(route: Route, parts: Parts): RequestHandler {
  return async (request, response) => {
    contextOf(request).route = route.path;
    const exchange = new Exchange(request, response);
    const { params, query } = request;
    // A caller who is gone has given the place back that this would be done in.
    if (route.large !== undefined && response.closed) return;
    parts.audit.requireRoom(route);
    const served = route.serve(exchange, { params, query }, parts);
    exchange.keep(served);
    const answer = await served;
    await parts.audit.served(route, request, answer);
    response.status(answer === undefined && route.answer.nothing !== undefined ? 204 : route.answer.status);
    if (answer instanceof Streamed) await answer.send(request, response);
    else if (answer === undefined) response.end();
    else if (typeof answer === 'string')
      response.type(route.answer.mediaTypes?.[0] ?? 'text/plain').send(answer);
    else response.json(answer);
  };
}

/** Bodies are read as bytes, whatever they claim to be; the route says what they have to be. */
function bodyReader({ bytesBody, maximumBytes = MAX_BODY_BYTES }: Route): RequestHandler[] {
  if (bytesBody?.streamed === true) return [];
  return [express.raw({ type: () => true, limit: maximumBytes, inflate: false })];
}

/** Before anything of the body is read. */
function counting(route: Route, parts: Parts): RequestHandler {
  return async (request, response, next) => {
    contextOf(request).route = route.path;
    await route.access.count?.(new Exchange(request, response), parts);
    next();
  };
}

function admission(route: Route, large: LargeBody, parts: Parts): RequestHandler {
  return async (request, response, next) => {
    contextOf(request).route = route.path;
    const exchange = new Exchange(request, response);
    await route.admit(exchange, parts);
    const keep = parts.largeBodies[large].admit(callerOf(request, exchange));
    // Also of a caller who is gone already.
    keep(finished(response));
    contextOf(request).keep = keep;
    next();
  };
}

/** What comes before a body is read. */
function door(route: Route, parts: Parts): RequestHandler[] {
  return [
    ...(route.access.count === undefined ? [] : [counting(route, parts)]),
    ...(route.large === undefined ? [] : [admission(route, route.large, parts)]),
  ];
}

function refusalsOf(route: Route, { audit }: Parts): ErrorRequestHandler {
  return async (error: unknown, request, _response, next) => {
    await audit.refused(route, request, error);
    next(error);
  };
}

function wrongMethod(allowed: readonly Method[]): RequestHandler {
  const list = allowed.map((method) => method.toUpperCase()).join(', ');
  return (request) => {
    throw new Refusal('METHOD_NOT_ALLOWED', `${request.method} is not understood here, but ${list} is`, {
      headers: { Allow: list },
    });
  };
}

/** Mounts the routes; a path of theirs that is asked by another method is told so. */
export function mount(routes: readonly Route[], parts: Parts): Router {
  const router = express.Router({ caseSensitive: true, strict: true });
  for (const route of routes) {
    const steps = [...door(route, parts), ...bodyReader(route), handlerOf(route, parts)];
    router[route.method](expressPath(route.path), ...steps, refusalsOf(route, parts));
  }
  for (const path of new Set(routes.map((route) => route.path))) {
    const methods = routes.filter((route) => route.path === path).map(({ method }) => method);
    router.all(expressPath(path), wrongMethod(methods));
  }
  return router;
}
