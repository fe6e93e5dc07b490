import { parseCookie } from 'cookie';
import type { Request, RequestHandler, Response } from 'express';
import passport, { type AuthenticateCallback } from 'passport';
import { Strategy } from 'passport-jwt';
import type { Environment } from '../config/environment.ts';
import { appError } from '../errors/app-error.ts';
import { ACCESS_TOKEN_ALGORITHM, type AccessTokens } from '../services/identity/access-token.ts';
import type { ApiKeyRegistry } from '../services/identity/api-key-registry.service.ts';
import type { BrowserSessions } from '../services/identity/browser-session.ts';
import type { SessionRegistry, SessionTrust } from '../services/identity/session-registry.service.ts';
import type { Clock } from '../types/clock.ts';
import type { Principal } from '../types/principal.ts';
import type { AccessTokenClaims } from '../validators/identity/access-token.schema.ts';

export interface AuthMiddlewareDeps {
  readonly accessTokens: Pick<AccessTokens, 'keyOf' | 'readClaims'>;
  readonly sessions: Pick<SessionRegistry, 'admit' | 'trusts'>;
  readonly apiKeys: Pick<ApiKeyRegistry, 'admit'>;
  readonly browserSessions: Pick<BrowserSessions, 'accessCookie' | 'isCsrfTokenOf'>;
  readonly settings: Pick<Environment, 'JWT_ISSUER' | 'JWT_AUDIENCE'>;
  readonly clock: Clock;
}

/** A token whose signature and claims have been checked. */
interface VerifiedToken {
  readonly claims: AccessTokenClaims;
  /** Milliseconds of the epoch. */
  readonly expiresAt: number;
}

interface AdmittedToken extends VerifiedToken {
  readonly header: string;
  readonly session: SessionTrust;
  readonly principal: Principal;
}

declare global {
  namespace Express {
    /** What Passport hands over. */
    interface User extends VerifiedToken {}
  }
}

const LONGEST_HEADER = 8192;
const MOST_TOKENS = 10_000;

/** Of an HMAC with SHA-256 in base64url. */
const SIGNATURE_CHARACTERS = 43;
const BEARER = /^bearer +\S+ *$/i;
const API_KEY = /^bearer +(rh_\S+) *$/i;

/**
 * Finds out who stands behind a request by its bearer token or API key and puts them into `req.state.principal`. A token that
 * has been seen before costs a look into a map; the session behind it, or the key, is checked on every request, in memory.
 *
 * Passes on AppError UNAUTHENTICATED without a bearer token, TOKEN_EXPIRED, TOKEN_INVALID and SESSION_REVOKED; of a key
 * API_KEY_INVALID and ADDRESS_NOT_ALLOWED.
 */
export function createAuthMiddleware(deps: AuthMiddlewareDeps): RequestHandler {
  const { sessions, apiKeys, browserSessions, clock } = deps;
  const verify = createTokenVerifier(deps);
  const admitted = new Map<string, AdmittedToken>();

  const find = (header: string): AdmittedToken | undefined => {
    const token = admitted.get(keyOf(header));
    return token?.header === header ? token : undefined;
  };

  const remember = (token: AdmittedToken, now: number) => {
    for (const [oldest, { expiresAt }] of admitted) {
      if (expiresAt > now && admitted.size < MOST_TOKENS) break;
      admitted.delete(oldest);
    }
    admitted.set(keyOf(token.header), token);
  };

  const showsCsrfToken = (req: Request, { actor }: Principal): boolean => {
    const token = req.headers['x-csrf-token'];
    return (
      typeof token === 'string' && actor.sessionId !== null && browserSessions.isCsrfTokenOf(actor.sessionId, token)
    );
  };

  const admit = async (req: Request, res: Response, header: string): Promise<Principal> => {
    if (!BEARER.test(header)) throw appError('UNAUTHENTICATED');
    if (header.length > LONGEST_HEADER) throw appError('TOKEN_INVALID');
    const now = clock.now().getTime();
    const known = find(header);
    const token = known !== undefined && known.expiresAt > now ? known : await verify(req, res, header);
    admitted.delete(keyOf(header));
    const { trust, principal } = await sessions.admit(req.state.ctx, token.claims);
    remember({ ...token, header, session: trust, principal }, now);
    return principal;
  };

  return (req, res, next) => {
    const { header, isCookie } = credentialsOf(req, browserSessions.accessCookie);
    if (header === undefined) {
      next(appError('UNAUTHENTICATED'));
      return;
    }
    const accept = (principal: Principal): void => {
      req.state.principal = principal;
      if (isCookie && changesSomething(req) && !showsCsrfToken(req, principal)) next(appError('CSRF_TOKEN_INVALID'));
      else next();
    };
    const apiKey = isCookie ? undefined : API_KEY.exec(header)?.[1];
    if (apiKey !== undefined) {
      apiKeys.admit(req.state.ctx, apiKey).then(accept).catch(next);
      return;
    }
    const known = find(header);
    const now = clock.now().getTime();
    if (known !== undefined && known.expiresAt > now && sessions.trusts(known.session, now)) accept(known.principal);
    else admit(req, res, header).then(accept).catch(next);
  };
}

/** A header always wins: a caller that sends one means it, and no other site can make a browser send one. */
function credentialsOf(req: Request, accessCookie: string): { header: string | undefined; isCookie: boolean } {
  const { authorization, cookie } = req.headers;
  if (authorization !== undefined || cookie === undefined) return { header: authorization, isCookie: false };
  const token = parseCookie(cookie)[accessCookie];
  return { header: token === undefined ? undefined : `Bearer ${token}`, isCookie: true };
}

const changesSomething = ({ method }: Request): boolean => method !== 'GET' && method !== 'HEAD';

/** The signature alone: a map hashes its keys, and a whole header costs ten times as much. */
const keyOf = (header: string): string => header.slice(-SIGNATURE_CHARACTERS);

function createTokenVerifier({ accessTokens, settings }: AuthMiddlewareDeps) {
  const headers = new WeakMap<Request, string>();
  const strategy = new Strategy(
    {
      jwtFromRequest: (req) => headers.get(req)?.slice('Bearer '.length).trim() ?? null,
      secretOrKeyProvider(_req: Request, token: string, done) {
        const key = accessTokens.keyOf(token);
        // Reflect, since passport-jwt's types know no key objects; jsonwebtoken, which it hands them to, does.
        if (key === null) done(appError('TOKEN_INVALID'));
        else Reflect.apply(done, undefined, [null, key]);
      },
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
      // Times are checked together with the claims, so that one clock decides.
      ignoreExpiration: true,
      jsonWebTokenOptions: { ignoreNotBefore: true },
    },
    (payload: unknown, done) => {
      const claims = accessTokens.readClaims(payload);
      done(null, { claims, expiresAt: claims.exp * 1000 } satisfies VerifiedToken);
    },
  );
  const authenticator = new passport.Passport().use('jwt', strategy);

  return (req: Request, res: Response, header: string): Promise<VerifiedToken> =>
    new Promise((resolve, reject) => {
      headers.set(req, header);
      const onVerdict: AuthenticateCallback = (error: unknown, user, info) => {
        if (error !== null && error !== undefined) reject(error);
        else if (user) resolve(user);
        else reject(appError('TOKEN_INVALID', { cause: info }));
      };
      authenticator.authenticate('jwt', { session: false }, onVerdict)(req, res, reject);
    });
}
