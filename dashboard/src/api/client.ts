import type { SendWithProgress } from './send-with-progress.ts';
import { problemFromAnswer, unreachable } from './problem.ts';

export type Query = Record<string, string | number | undefined>;

/** What the client needs of a session: a token to send, and a fresh one when that was refused. */
export interface TokenSource {
  readonly token: string | undefined;
  /** Resolves to the new token, or undefined when the session is over. */
  renew(): Promise<string | undefined>;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  query?: Query;
  body?: unknown;
  /** A body of another kind than JSON, sent as it is; `onProgress` is told how many bytes of it have been sent. */
  content?: { type: string; bytes: Blob; onProgress?: (sent: number) => void };
  signal?: AbortSignal;
}

export const API_PREFIX = '/api/v1';

export function addressOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return `${API_PREFIX}${path}${text === '' ? '' : `?${text}`}`;
}

/** The path with each value encoded, so that no id can be read as more than one segment. */
export function path(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}

export function withSignal(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** JSON over fetch, with the session's token, one renewal when it is refused, and problems as exceptions. */
export class ApiClient {
  readonly #fetch: typeof fetch;
  readonly #sendWithProgress: SendWithProgress;
  readonly #tokens: TokenSource;

  constructor(options: { fetch: typeof fetch; sendWithProgress: SendWithProgress; tokens: TokenSource }) {
    this.#fetch = options.fetch;
    this.#sendWithProgress = options.sendWithProgress;
    this.#tokens = options.tokens;
  }

  /** @throws ApiProblem for every answer that is not a success, and for none at all. */
  async call<Answer>(target: string, call: Call = {}): Promise<Answer> {
    const text = await this.text(target, call);
    // The gateway answers by the same schema that the types were generated from: the one place that relies on it.
    return (text === '' ? undefined : JSON.parse(text)) as Answer;
  }

  /** The answer as it came. @throws ApiProblem as above */
  async text(target: string, call: Call = {}): Promise<string> {
    let response = await this.#send(target, call, this.#tokens.token);
    if (response.status === 401) {
      const renewed = await this.#tokens.renew();
      if (renewed !== undefined) response = await this.#send(target, call, renewed);
    }
    const text = await response.text();
    if (!response.ok) throw problemFromAnswer(response.status, text);
    return text;
  }

  async #send(
    target: string,
    { method = 'GET', query, body, content, signal }: Call,
    token?: string,
  ): Promise<Response> {
    const headers = new Headers({ accept: 'application/json' });
    if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
    const sent = content ?? jsonContent(body);
    if (sent !== undefined) headers.set('content-type', sent.type);
    try {
      return await this.#exchange(addressOf(target, query), { method, headers, sent, ...withSignal(signal) });
    } catch (cause) {
      if (signal?.aborted === true) throw cause;
      throw unreachable(cause);
    }
  }

  #exchange(address: string, { method, headers, sent, signal }: Prepared): Promise<Response> {
    if (sent?.onProgress !== undefined) {
      const { bytes, onProgress } = sent;
      return this.#sendWithProgress(address, {
        method,
        headers,
        body: bytes,
        onProgress,
        ...withSignal(signal),
      });
    }
    return this.#fetch(address, {
      method,
      headers,
      credentials: 'same-origin',
      ...(sent === undefined ? {} : { body: sent.bytes }),
      ...withSignal(signal),
    });
  }
}

/** A body as it is sent. */
type Content =
  | { type: string; bytes: Blob; onProgress?: (sent: number) => void }
  | { type: string; bytes: string; onProgress?: undefined };

interface Prepared {
  method: string;
  headers: Headers;
  sent: Content | undefined;
  signal?: AbortSignal;
}

function jsonContent(body: unknown): Content | undefined {
  return body === undefined ? undefined : { type: 'application/json', bytes: JSON.stringify(body) };
}
