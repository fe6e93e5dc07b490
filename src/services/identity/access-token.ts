import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Environment } from '../../config/environment.ts';
import { appError, invariant } from '../../errors/app-error.ts';
import type { Clock } from '../../types/clock.ts';
import type { User } from '../../types/identity/user.ts';
import { type AccessTokenClaims, accessTokenClaims } from '../../validators/identity/access-token.schema.ts';
import { type Standing, tenantOf } from './active-context.ts';

export interface AccessTokensDeps {
  readonly settings: Pick<Environment, 'JWT_KEYS' | 'JWT_ISSUER' | 'JWT_AUDIENCE' | 'ACCESS_TOKEN_MINUTES'>;
  readonly clock: Clock;
}

/** Whom a token is for, and where they work. */
export interface TokenSubject {
  readonly user: Pick<User, 'id' | 'email' | 'name' | 'type'>;
  readonly standing: Standing;
  readonly sessionId: string;
  /** The operator who works in the user's place. */
  readonly impersonatorId?: string;
  /** Seconds it works, where that is not an access token's usual life: it has no refresh token, and ends with its session. */
  readonly lifetime?: number;
}

export interface SignedAccessToken {
  readonly accessToken: string;
  /** Seconds until it expires. */
  readonly expiresIn: number;
}

/** The one algorithm that access tokens are signed with and accepted in. */
export const ACCESS_TOKEN_ALGORITHM = 'HS256';

/** RFC 9068: keeps access tokens apart from every other token that the same keys may ever sign. */
const TOKEN_TYPE = 'at+jwt';
/** How far another process's clock may be ahead. */
const CLOCK_SKEW_SECONDS = 60;

/** A header of ours has these members and no other: `jku`, `jwk`, `x5u`, `crit`, `b64` and `zip` have no place in it. */
const accessTokenHeader = z.strictObject({
  alg: z.literal(ACCESS_TOKEN_ALGORITHM),
  typ: z.literal(TOKEN_TYPE),
  kid: z.string(),
});

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/** JSON Web Tokens as RFC 8725 wants them: one algorithm, keys by `kid` from a ring of our own, every claim checked. */
export function createAccessTokens({ settings, clock }: AccessTokensDeps) {
  // A key object is made once: jsonwebtoken spends 45 times as long on a secret that is a string.
  const keys = new Map(settings.JWT_KEYS.map(({ kid, secret }) => [kid, createSecretKey(secret)]));
  const [signingKid, signingKey] = invariant([...keys][0], 'JWT_KEYS must hold a key');
  const usualLifetime = settings.ACCESS_TOKEN_MINUTES * 60;
  const nowSeconds = () => Math.floor(clock.now().getTime() / 1000);

  return {
    /** A token that works from now until its lifetime is over (`ACCESS_TOKEN_MINUTES`, if nothing else is asked for), or its session. */
    sign({
      user,
      standing,
      sessionId,
      impersonatorId,
      lifetime: expiresIn = usualLifetime,
    }: TokenSubject): SignedAccessToken {
      const { context, role, permissions } = standing;
      const tenantId = tenantOf(context);
      const iat = nowSeconds();
      const claims = {
        iss: settings.JWT_ISSUER,
        aud: settings.JWT_AUDIENCE,
        sub: user.id,
        userId: user.id,
        email: user.email,
        name: user.name,
        type: user.type,
        role,
        ...(tenantId !== null && { tenantId }),
        activeContext: context,
        permissions: [...permissions.patterns],
        sid: sessionId,
        ...(impersonatorId !== undefined && { act: { sub: impersonatorId } }),
        iat,
        exp: iat + expiresIn,
      } satisfies AccessTokenClaims;
      const header = { alg: ACCESS_TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid: signingKid };
      return { accessToken: jwt.sign(claims, signingKey, { algorithm: ACCESS_TOKEN_ALGORITHM, header }), expiresIn };
    },

    /** The key that a token names in its header; null when it is no access token of ours. */
    keyOf(token: string): KeyObject | null {
      const [header, payload, signature = '', ...rest] = token.split('.', 4);
      if (rest.length > 0 || !isCanonicalBase64url(signature)) return null;
      const read = accessTokenHeader.safeParse(parseCanonical(header));
      return read.success && parseCanonical(payload) !== undefined ? (keys.get(read.data.kid) ?? null) : null;
    },

    /**
     * Checks the claims of a token whose signature, issuer and audience have been verified. Times are compared with the clock of
     * this process: a token of another one may be from up to a minute ahead.
     * @throws AppError TOKEN_INVALID when a claim is missing, of another type, contradicts another one or lies in the future
     * @throws AppError TOKEN_EXPIRED
     */
    readClaims(payload: unknown): AccessTokenClaims {
      const claims = accessTokenClaims.safeParse(payload);
      if (!claims.success) throw appError('TOKEN_INVALID', { cause: claims.error });
      const now = nowSeconds();
      const { iat, nbf = iat, exp } = claims.data;
      if (Math.max(iat, nbf) > now + CLOCK_SKEW_SECONDS) throw appError('TOKEN_INVALID');
      if (exp <= now) throw appError('TOKEN_EXPIRED');
      return claims.data;
    },
  };
}

const isCanonicalBase64url = (text: string): boolean => Buffer.from(text, 'base64url').toString('base64url') === text;

/**
 * Reads a part of a token in the one form that we write it in: JSON without spaces in base64url without padding. Whatever has
 * a second reading, such as a member that is there twice, differs from its own re-serialization.
 * @returns undefined for every other form
 */
function parseCanonical(part: string | undefined): unknown {
  if (part === undefined || !isCanonicalBase64url(part)) return undefined;
  try {
    const json = Buffer.from(part, 'base64url').toString('utf8');
    const value: unknown = JSON.parse(json);
    return Buffer.from(JSON.stringify(value)).toString('base64url') === part ? value : undefined;
  } catch {
    return undefined;
  }
}
