import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Access } from '../http/access.ts';
import { requireSameOrigin } from './same-origin.ts';

/** Name of the security scheme in the OpenAPI document. */
export const REFRESH_SCHEME = 'refresh';

/** Requests that carry the cookie on purpose. */
export const ownPages: Access<undefined> = {
  security: [{ [REFRESH_SCHEME]: [] }, {}],
  who: 'everyone, from our own pages or with the header `x-biot-request`',
  refusals: ['FORBIDDEN'],
  admit: (exchange) => {
    requireSameOrigin(exchange);
    return undefined;
  },
};

/** The refresh token of the cookie. */
export const withRefreshToken: Access<string> = {
  security: [{ [REFRESH_SCHEME]: [] }],
  who: 'whoever has the refresh cookie, from our own pages or with the header `x-biot-request`',
  refusals: ['FORBIDDEN', 'UNAUTHENTICATED', 'TOKEN_INVALID', 'TOKEN_EXPIRED'],
  admit: (exchange, { refreshCookie }) => {
    requireSameOrigin(exchange);
    const token = refreshCookie.read(exchange);
    if (token === undefined) throw new BiotError('UNAUTHENTICATED', 'there is no refresh token: sign in');
    return token;
  },
};
