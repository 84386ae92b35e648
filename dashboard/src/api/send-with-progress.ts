/** Of fetch, what is needed to send a file and be told how far it is: fetch itself tells nobody. */
export interface ProgressRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: Blob;
  /** Bytes that have been sent. */
  readonly onProgress: (sent: number) => void;
  readonly signal?: AbortSignal;
}

export type SendWithProgress = (address: string, request: ProgressRequest) => Promise<Response>;

/** @throws TypeError when no answer came, as fetch does */
export const sendWithProgress: SendWithProgress = (
  address,
  { method, headers, body, onProgress, signal },
) => {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const request = new XMLHttpRequest();
  request.open(method, address);
  headers.forEach((value, name) => {
    request.setRequestHeader(name, value);
  });
  request.upload.addEventListener('progress', ({ loaded }) => {
    onProgress(loaded);
  });
  request.addEventListener('load', () => {
    const { status, responseText } = request;
    resolve(new Response(responseText === '' ? null : responseText, { status }));
  });
  for (const end of ['error', 'abort', 'timeout'] as const)
    request.addEventListener(end, () => {
      reject(new TypeError(`the upload ended: ${end}`));
    });
  signal?.addEventListener('abort', () => {
    request.abort();
  });
  request.send(body);
  return promise;
};
