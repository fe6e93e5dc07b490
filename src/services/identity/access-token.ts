import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Environment } from '../../config/environment.ts';
import { appError, invariant } from '../../errors/app-error.ts';
import type { User } from '../../repositories/identity/user.repository.ts';
import type { Clock } from '../../types/clock.ts';
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
  /** Seconds it works, where that is less than an access token's usual life. */
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
const CLOCK_SKEW_SECONDS = 60;

export type AccessTokens = ReturnType<typeof createAccessTokens>;

/** JSON Web Tokens as RFC 8725 wants them: one algorithm, keys by `kid` from a ring of our own, every claim checked. */
export function createAccessTokens({ settings, clock }: AccessTokensDeps) {
  // A key object is made once: jsonwebtoken spends 45 times as long on a secret that is a string.
  const keys = new Map(settings.JWT_KEYS.map(({ kid, secret }) => [kid, createSecretKey(secret)]));
  const [signingKid, signingKey] = invariant([...keys][0], 'JWT_KEYS must hold a key');
  const usualLifetime = settings.ACCESS_TOKEN_MINUTES * 60;
  const nowSeconds = () => Math.floor(clock.now().getTime() / 1000);

  return {
    /** A token that works from now until `ACCESS_TOKEN_MINUTES` later, or until its session ends. */
    sign({ user, standing, sessionId, impersonatorId, lifetime = usualLifetime }: TokenSubject): SignedAccessToken {
      const { context, role, permissions } = standing;
      const tenantId = tenantOf(context);
      const iat = nowSeconds();
      const expiresIn = Math.min(lifetime, usualLifetime);
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
      const header = headerOf(token);
      if (header === null || header.typ !== TOKEN_TYPE || header.crit !== undefined) return null;
      return typeof header.kid === 'string' ? (keys.get(header.kid) ?? null) : null;
    },

    /**
     * Checks the claims of a token whose signature, issuer, audience and expiry have been verified.
     * @throws AppError TOKEN_INVALID when a claim is missing, of another type, contradicts another one or lies in the future
     * @throws AppError TOKEN_EXPIRED
     */
    readClaims(payload: unknown): AccessTokenClaims {
      const claims = accessTokenClaims.safeParse(payload);
      if (!claims.success) throw appError('TOKEN_INVALID', { cause: claims.error });
      const now = nowSeconds();
      if (claims.data.iat > now + CLOCK_SKEW_SECONDS) throw appError('TOKEN_INVALID');
      if (claims.data.exp <= now) throw appError('TOKEN_EXPIRED');
      return claims.data;
    },
  };
}

/** jsonwebtoken's decoder throws where a payload is not JSON. */
function headerOf(token: string): jwt.JwtHeader | null {
  try {
    return jwt.decode(token, { complete: true })?.header ?? null;
  } catch {
    return null;
  }
}
