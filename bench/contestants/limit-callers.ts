import { createSecretKey } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import jwt from 'jsonwebtoken';
import { asUuid, Refusal } from './limit-requests.ts';

/** Who a token stands for. */
export interface Caller {
  readonly userId: string;
  readonly name: string;
  readonly tenantId: string;
  readonly sessionId: string;
}

const ISSUER = 'rowhouse';
const AUDIENCE = 'rowhouse-api';

/** Tokens checked by jsonwebtoken with a key object, on every request. @param key base64 */
export function createCallers(key: string) {
  const secret = createSecretKey(key, 'base64');
  return {
    /** @throws Refusal 401, 403 */
    callerOf({ authorization, 'x-tenant-id': named }: IncomingHttpHeaders, permission: string): Caller {
      if (authorization?.startsWith('Bearer ') !== true) throw new Refusal(401, 'A bearer token is needed');
      const claims = jwt.verify(authorization.slice(7), secret, {
        algorithms: ['HS256'],
        issuer: ISSUER,
        audience: AUDIENCE,
      });
      if (typeof claims === 'string') throw new Refusal(401, 'The token has no claims');
      const { userId, name, sid, activeContext, permissions } = claims;
      const tenantId = activeContext?.type === 'platform' ? named : claims.tenantId;
      if (typeof userId !== 'string' || typeof name !== 'string' || typeof sid !== 'string')
        throw new Refusal(401, 'A claim is missing');
      if (typeof tenantId !== 'string') throw new Refusal(400, 'A tenant is needed');
      if (!Array.isArray(permissions) || !(permissions.includes('invoices:*') || permissions.includes(permission)))
        throw new Refusal(403, 'The permission is missing');
      return { userId, name, tenantId: asUuid(tenantId), sessionId: sid };
    },

    sign: (claims: object): string =>
      jwt.sign(claims, secret, { algorithm: 'HS256', expiresIn: 900, issuer: ISSUER, audience: AUDIENCE }),
  };
}

export type Callers = ReturnType<typeof createCallers>;
