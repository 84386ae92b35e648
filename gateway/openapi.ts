import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';

import type { ErrorCode } from '../chaincode/protocol/errors.ts';
import { REFRESH_SCHEME } from './auth/cookie-access.ts';
import { REFRESH_COOKIE_PREFIX } from './auth/refresh-cookie.ts';
import { CERTIFICATE_SCHEME, DEVICE_SCHEME, PERSON_SCHEME } from './http/access.ts';
import { LIVE_DESCRIPTION } from './live/frames.ts';
import { MEANINGS, PROBLEM_MEDIA_TYPE, problemSchema } from './http/problem.ts';
import type { Route } from './http/route.ts';

export type OpenApiDocument = ReturnType<typeof createDocument>;

const INTRODUCTION = [
  'REST interface of BIoT-DM: device identities and fingerprints of all data on a shared ledger, the data in SQL.',
  'People sign in under `/api/v1/auth` and send the access token as `Authorization: Bearer …`. Devices sign a token',
  'of their own with their key. Instants are milliseconds since the Unix epoch unless a field says otherwise; hashes',
  'are lower-case hexadecimal. A request may have nothing that is not described here. Refusals and failures are',
  'problem documents (RFC 9457) with a `code` from a closed list. Live values come by WebSocket from `/api/v1/live`.',
].join(' ');

/** Every route may be refused so. */
const COMMON: readonly ErrorCode[] = ['INVALID_ARGUMENT', 'INTERNAL'];
const WITH_BODY: readonly ErrorCode[] = ['BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED'];

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}

function codesOf({ access, refusals, request, bytesBody, path }: Route): ErrorCode[] {
  const hasBody = 'body' in request.shape || bytesBody !== undefined;
  const limited: ErrorCode[] = path.startsWith('/api/') ? ['RATE_LIMITED'] : [];
  return [
    ...new Set([...access.refusals, ...refusals, ...limited, ...(hasBody ? WITH_BODY : []), ...COMMON]),
  ];
}

/** Several codes may share a status: one response for each status, which names them. */
function problemResponses(route: Route): ZodOpenApiResponsesObject {
  const byStatus = Map.groupBy(
    codesOf(route),
    (code) => route.access.statuses?.[code] ?? MEANINGS[code].status,
  );
  const responses = [...byStatus].map(([status, codes]) => {
    const description = codes.map((code) => `\`${code}\`: ${MEANINGS[code].title}.`).join(' ');
    return [
      String(status),
      { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: problemSchema } } },
    ] as const;
  });
  return Object.fromEntries(responses);
}

function successResponse({ answer }: Route): ZodOpenApiResponsesObject {
  const { status, description, nothing, schema, mediaTypes = ['application/json'] } = answer;
  const response =
    schema instanceof z.ZodUndefined
      ? { description }
      : {
          description,
          content: Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }])),
        };
  return {
    [String(status)]: response,
    ...(nothing !== undefined && { '204': { description: nothing } }),
  };
}

function bodyOf({ request, bytesBody }: Route): Pick<ZodOpenApiOperationObject, 'requestBody'> {
  if (bytesBody !== undefined) {
    const { mediaTypes, schema, description } = bytesBody;
    const content = Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema }]));
    return { requestBody: { required: true, description, content } };
  }
  const schema: unknown = request.shape['body'];
  if (!(schema instanceof z.ZodType)) return {};
  return { requestBody: { required: true, content: { 'application/json': { schema } } } };
}

function parametersOf({ request }: Route): Pick<ZodOpenApiOperationObject, 'requestParams'> {
  const { params, query } = request.shape;
  return {
    requestParams: {
      ...(params instanceof z.ZodObject ? { path: params } : {}),
      ...(query instanceof z.ZodObject ? { query } : {}),
    },
  };
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: route.summary,
    description: `${route.description}\n\nFor ${route.access.who}.`,
    security: route.access.security.map((requirement) => ({ ...requirement })),
    ...parametersOf(route),
    ...bodyOf(route),
    responses: { ...successResponse(route), ...problemResponses(route) },
  };
}

/** The routes as an OpenAPI 3.1 document. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const paths: Record<string, Partial<Record<Route['method'], ZodOpenApiOperationObject>>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(route);
  return createDocument({
    openapi: '3.1.1',
    info: {
      title: 'BIoT-DM',
      version: version(),
      description: INTRODUCTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [
      ...[...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name })),
      { name: 'Live', description: LIVE_DESCRIPTION },
    ],
    paths,
    components: {
      securitySchemes: {
        [PERSON_SCHEME]: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access token of a person who signed in (EdDSA, ten minutes).',
        },
        [DEVICE_SCHEME]: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description:
            'A token that the device signs with its key (ES256): `iss` and `sub` are its id, `aud` is `biot-gateway`, ' +
            '`exp` at most five minutes away, `jti` unique, and with a body `digest`, the base64url SHA-256 of it.',
        },
        [CERTIFICATE_SCHEME]: {
          type: 'mutualTLS',
          description:
            'The certificate that the device shows the broker, too. What it sends is then signed within the body ' +
            '(`application/cose`), so that it is proved to those behind the gateway.',
        },
        [REFRESH_SCHEME]: {
          type: 'apiKey',
          in: 'cookie',
          name: `${REFRESH_COOKIE_PREFIX}{port}`,
          description:
            'The rotating refresh token, HttpOnly, sent to `/api/v1/auth` alone. `{port}` is that of the API.',
        },
      },
    },
  });
}
