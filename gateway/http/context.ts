import { randomUUID } from 'node:crypto';
import type { Request } from 'express';

import type { Added, Asked } from '../audit/facts.ts';
import type { Keep } from './large-bodies.ts';

/** What the access log and the metrics tell about a request. */
export interface RequestContext {
  readonly id: string;
  readonly startedAt: number;
  /** The template of the route that answered. */
  route: string;
  /** The member or device that asked, once it is known. */
  who: string | undefined;
  /** The organisation of the member that asked. */
  org: string | undefined;
  /** Who somebody says to be who has yet to prove it. */
  claimed: string | undefined;
  /** What was asked, once it was validated. */
  asked: Asked;
  /** What the handler knows of it beyond that and the answer. */
  readonly added: Writable<Added>;
  /** Of a large body's place. */
  keep: Keep | undefined;
}

type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

const contexts = new WeakMap<Request, RequestContext>();

/** Ids are ours: one that the caller chose could imitate another request, or break the log's lines. */
export function contextOf(request: Request): RequestContext {
  const known = contexts.get(request);
  if (known !== undefined) return known;
  const context: RequestContext = {
    id: randomUUID(),
    startedAt: performance.now(),
    route: 'other',
    who: undefined,
    org: undefined,
    claimed: undefined,
    asked: {},
    added: {},
    keep: undefined,
  };
  contexts.set(request, context);
  return context;
}
