import * as z from 'zod/mini';

import { asProblem, problemFromAnswer, unreachable } from '../api/problem.ts';
import { API_PREFIX, type TokenSource } from '../api/client.ts';
import type { Grant, Member } from '../api/types.ts';

// Not the protocol's own schema: that would bring the whole of zod into the first screen.
const roleSchema = z.enum([
  'admin',
  'operator',
  'auditor',
  'gateway',
  'ingest',
  'guard',
] satisfies Member['role'][]);
const tenantsSchema = z.union([z.literal('*'), z.array(z.string())]);
const grantSchema = z.object({
  accessToken: z.string().check(z.minLength(1)),
  expiresIn: z.number().check(z.positive()),
  member: z.object({ name: z.string(), role: roleSchema, org: z.string(), tenants: tenantsSchema }),
});

export interface SessionOptions {
  fetch: typeof fetch;
  /** Runs the task while no other tab runs one: the refresh token rotates, so two at once would burn it. */
  exclusive: <Result>(task: () => Promise<Result>) => Promise<Result>;
  /** Calls back after so many milliseconds; returns what cancels it. */
  schedule: (task: () => void, milliseconds: number) => () => void;
  onChange: (member: Member | undefined) => void;
}

/** A token is renewed when a fifth of its life is left, and tried again this often when nothing answers. */
const RENEW_AT = 0.8;
const RETRY_MS = 5_000;

/**
 * Who is signed in. The access token lives in this object and nowhere else, so that nothing on disk can be stolen;
 * after a reload the HttpOnly cookie gives a new one.
 */
export class Session implements TokenSource {
  readonly #options: SessionOptions;
  #grant: Grant | undefined;
  #renewing: Promise<string | undefined> | undefined;
  #cancelRenewal: () => void = () => undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  get token(): string | undefined {
    return this.#grant?.accessToken;
  }

  get member(): Member | undefined {
    return this.#grant?.member;
  }

  /** @throws ApiProblem when the name or password is wrong. */
  async signIn(name: string, password: string): Promise<void> {
    const response = await this.#post('sign-in', { name, password });
    const text = await response.text();
    if (!response.ok) throw problemFromAnswer(response.status, text);
    this.#accept(text);
  }

  /** One renewal at a time, however many requests were refused at once. Never throws. */
  renew(): Promise<string | undefined> {
    this.#renewing ??= this.#options
      .exclusive(() => this.#refresh())
      .finally(() => {
        this.#renewing = undefined;
      });
    return this.#renewing;
  }

  /** Forgets the token first: whatever the gateway says, this tab is signed out. */
  async signOut(): Promise<void> {
    this.#end();
    await this.#post('sign-out').catch(() => undefined);
  }

  async #refresh(): Promise<string | undefined> {
    try {
      const response = await this.#post('refresh');
      const text = await response.text();
      if (response.ok) this.#accept(text);
      else if (response.status < 500 && response.status !== 429) this.#end();
      else this.#retryLater();
    } catch {
      this.#retryLater();
    }
    return this.token;
  }

  #accept(text: string): void {
    const grant = grantSchema.safeParse(JSON.parse(text));
    if (!grant.success) throw asProblem(new Error('The gateway’s sign-in answer has an unknown form.'));
    this.#grant = grant.data;
    this.#renewIn(grant.data.expiresIn * 1000 * RENEW_AT);
    this.#options.onChange(grant.data.member);
  }

  /** An outage is no reason to sign anyone out; the token is only given up when the gateway says so. */
  #retryLater(): void {
    if (this.#grant !== undefined) this.#renewIn(RETRY_MS);
  }

  #renewIn(milliseconds: number): void {
    this.#cancelRenewal();
    this.#cancelRenewal = this.#options.schedule(() => void this.renew(), milliseconds);
  }

  #end(): void {
    this.#cancelRenewal();
    this.#grant = undefined;
    this.#options.onChange(undefined);
  }

  async #post(action: 'sign-in' | 'refresh' | 'sign-out', body?: unknown): Promise<Response> {
    try {
      return await this.#options.fetch(`${API_PREFIX}/auth/${action}`, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { accept: 'application/json', 'content-type': 'application/json' },
        body: JSON.stringify(body ?? {}),
      });
    } catch (cause) {
      throw unreachable(cause);
    }
  }
}
