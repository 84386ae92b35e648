import { request as httpsRequest, type RequestOptions } from 'node:https';

interface JsonAnswer {
  readonly status: number;
  /** Undefined when it is no JSON. */
  readonly body: unknown;
}

interface Bounds {
  readonly withinMs: number;
  /** Characters of the answer. */
  readonly largest: number;
}

/** Posts JSON over TLS. @throws Error when no answer comes within the bounds */
export function postJson(
  target: RequestOptions,
  body: object,
  { withinMs, largest }: Bounds,
): Promise<JsonAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<JsonAnswer>();
  const content = JSON.stringify(body);
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(content) };
  const signal = AbortSignal.timeout(withinMs);
  const request = httpsRequest({ ...target, method: 'POST', headers, signal }, (response) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (part: string) => {
      text += part;
      if (text.length > largest) request.destroy(new Error('the answer is too large'));
    });
    response.on('error', reject);
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, body: parse(text) });
    });
  });
  request.on('error', reject);
  request.end(content);
  return promise;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
