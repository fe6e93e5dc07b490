import type { Request, RequestHandler, Response } from 'express';
import jwt from 'jsonwebtoken';
import passport, { type AuthenticateCallback } from 'passport';
import { ExtractJwt, Strategy } from 'passport-jwt';
import type { Environment } from '../config/environment.ts';
import { type AppError, appError } from '../errors/app-error.ts';
import { ACCESS_TOKEN_ALGORITHM, type AccessTokens, toPrincipal } from '../services/identity/access-token.ts';
import type { SessionRegistry, SessionTrust } from '../services/identity/session-registry.service.ts';
import type { Clock } from '../types/clock.ts';
import type { Principal } from '../types/principal.ts';

export interface AuthMiddlewareDeps {
  readonly accessTokens: Pick<AccessTokens, 'keyOf' | 'readClaims'>;
  readonly sessions: Pick<SessionRegistry, 'admit' | 'trusts'>;
  readonly settings: Pick<Environment, 'JWT_ISSUER' | 'JWT_AUDIENCE'>;
  readonly clock: Clock;
}

/** A token whose signature and claims have been checked. */
interface VerifiedToken {
  readonly principal: Principal;
  /** Milliseconds of the epoch. */
  readonly expiresAt: number;
}

interface AdmittedToken extends VerifiedToken {
  readonly header: string;
  readonly session: SessionTrust;
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

/**
 * Finds out who stands behind a request by its bearer token and puts them into `req.state.principal`. A token that has been
 * seen before costs a look into a map; the session behind it is checked on every request, in memory.
 *
 * Passes on AppError UNAUTHENTICATED without a bearer token, TOKEN_EXPIRED, TOKEN_INVALID and SESSION_REVOKED.
 */
export function createAuthMiddleware(deps: AuthMiddlewareDeps): RequestHandler {
  const { sessions, clock } = deps;
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

  const admit = async (req: Request, res: Response, header: string): Promise<Principal> => {
    if (!BEARER.test(header)) throw appError('UNAUTHENTICATED');
    if (header.length > LONGEST_HEADER) throw appError('TOKEN_INVALID');
    const now = clock.now().getTime();
    const known = find(header);
    const token = known !== undefined && known.expiresAt > now ? known : await verify(req, res);
    admitted.delete(keyOf(header));
    const session = await sessions.admit(req.state.ctx, token.principal);
    remember({ ...token, header, session }, now);
    return token.principal;
  };

  return (req, res, next) => {
    const header = req.headers.authorization;
    if (header === undefined) {
      next(appError('UNAUTHENTICATED'));
      return;
    }
    const known = find(header);
    const now = clock.now().getTime();
    if (known !== undefined && known.expiresAt > now && sessions.trusts(known.session, now)) {
      req.state.principal = known.principal;
      next();
      return;
    }
    admit(req, res, header).then((principal) => {
      req.state.principal = principal;
      next();
    }, next);
  };
}

/** The signature alone: a map hashes its keys, and a whole header costs ten times as much. */
const keyOf = (header: string): string => header.slice(-SIGNATURE_CHARACTERS);

function createTokenVerifier({ accessTokens, settings }: AuthMiddlewareDeps) {
  const strategy = new Strategy(
    {
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      secretOrKeyProvider(_req: Request, token: string, done) {
        const key = accessTokens.keyOf(token);
        // Reflect, since passport-jwt's types know no key objects; jsonwebtoken, which it hands them to, does.
        if (key === null) done(appError('TOKEN_INVALID'));
        else Reflect.apply(done, undefined, [null, key]);
      },
      algorithms: [ACCESS_TOKEN_ALGORITHM],
      issuer: settings.JWT_ISSUER,
      audience: settings.JWT_AUDIENCE,
    },
    (payload: unknown, done) => {
      const claims = accessTokens.readClaims(payload);
      done(null, { principal: toPrincipal(claims), expiresAt: claims.exp * 1000 } satisfies VerifiedToken);
    },
  );
  const authenticator = new passport.Passport().use('jwt', strategy);

  return (req: Request, res: Response): Promise<VerifiedToken> =>
    new Promise((resolve, reject) => {
      const onVerdict: AuthenticateCallback = (error: unknown, user, info) => {
        if (error !== null && error !== undefined) reject(error);
        else if (user) resolve(user);
        else reject(refusalOf(info));
      };
      authenticator.authenticate('jwt', { session: false }, onVerdict)(req, res, reject);
    });
}

const refusalOf = (cause: unknown): AppError =>
  appError(cause instanceof jwt.TokenExpiredError ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID', { cause });
