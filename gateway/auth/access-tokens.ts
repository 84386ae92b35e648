import { randomUUID } from 'node:crypto';

import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

import { BiotError } from '../../chaincode/protocol/errors.ts';
import type { Clock } from '../clock.ts';
import type { Session } from './sessions.ts';
import type { TokenKey } from './token-key.ts';

export const ACCESS_TOKEN_SECONDS = 600;

const ISSUER = 'biot-gateway';
const AUDIENCE = 'biot-api';
/** RFC 9068: no other kind of token that this key may ever sign can be used as an access token. */
const TYPE = 'at+jwt';

const claimsSchema = z.object({ sid: z.string(), sub: z.string(), exp: z.int() });

export interface VerifiedToken {
  sessionId: string;
  /** Milliseconds since the Unix epoch. */
  expiresAt: number;
}

/**
 * Access tokens: JWTs (RFC 7519) signed with EdDSA, good for ten minutes and only while their session lives. They
 * name the session; what its member may do is read from the session, so there is nothing in a token to forge.
 */
export class AccessTokens {
  readonly #key: TokenKey;
  readonly #clock: Clock;

  constructor(key: TokenKey, clock: Clock) {
    this.#key = key;
    this.#clock = clock;
  }

  issue(session: Pick<Session, 'id' | 'member'>): Promise<string> {
    const now = Math.floor(this.#clock() / 1000);
    return new SignJWT({ sid: session.id, role: session.member.role, org: session.member.org })
      .setProtectedHeader({ alg: 'EdDSA', typ: TYPE, kid: this.#key.kid })
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setSubject(session.member.name)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + ACCESS_TOKEN_SECONDS)
      .sign(this.#key.privateKey);
  }

  /** @throws BiotError TOKEN_EXPIRED or TOKEN_INVALID */
  async verify(token: string): Promise<VerifiedToken> {
    try {
      // The algorithm is stated here and not taken from the token: neither `none` nor an HMAC keyed with the public
      // key can pass (RFC 8725 section 3.1).
      const { payload } = await jwtVerify(token, this.#key.publicKey, {
        algorithms: ['EdDSA'],
        typ: TYPE,
        issuer: ISSUER,
        audience: AUDIENCE,
        currentDate: new Date(this.#clock()),
        requiredClaims: ['exp', 'iat', 'jti', 'sub', 'sid'],
      });
      const claims = claimsSchema.parse(payload);
      return { sessionId: claims.sid, expiresAt: claims.exp * 1000 };
    } catch (cause) {
      if (cause instanceof errors.JWTExpired)
        throw new BiotError('TOKEN_EXPIRED', 'refresh the access token', { cause });
      throw new BiotError('TOKEN_INVALID', 'not an access token of this gateway', { cause });
    }
  }
}
