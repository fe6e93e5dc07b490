import { createSecretKey } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { z } from 'zod';
import type { Environment } from '../../config/environment.ts';
import { appError, invariant } from '../../errors/app-error.ts';
import type { Clock } from '../../types/clock.ts';
import type { OrganizationAccess } from '../../types/tenancy/organization.ts';
import {
  type OrganizationTokenClaims,
  organizationTokenClaims,
} from '../../validators/tenancy/organization-token.schema.ts';

export interface OrganizationTokensDeps {
  readonly settings: Pick<Environment, 'JWT_KEYS' | 'JWT_ISSUER' | 'JWT_AUDIENCE' | 'ORGANIZATION_TOKEN_HOURS'>;
  readonly clock: Clock;
}

const ALGORITHM = 'HS256';

/** Users' access tokens are signed by the same keys: type and audience keep the two apart (RFC 8725, 3.11 and 3.12). */
const TOKEN_TYPE = 'organization-admin+jwt';
const CLOCK_SKEW_SECONDS = 60;

const tokenHeader = z.strictObject({
  alg: z.literal(ALGORITHM),
  typ: z.literal(TOKEN_TYPE),
  kid: z.string(),
});

export type OrganizationTokens = ReturnType<typeof createOrganizationTokens>;

/** The access tokens of organizations' admins. They name who somebody is; what they may do is looked up with each request. */
export function createOrganizationTokens({ settings, clock }: OrganizationTokensDeps) {
  const keys = new Map(settings.JWT_KEYS.map(({ kid, secret }) => [kid, createSecretKey(secret)]));
  const [signingKid, signingKey] = invariant([...keys][0], 'JWT_KEYS must hold a key');
  const issuer = settings.JWT_ISSUER;
  const audience = `${settings.JWT_AUDIENCE}/organizations`;
  const lifetime = settings.ORGANIZATION_TOKEN_HOURS * 3600;
  const nowSeconds = () => Math.floor(clock.now().getTime() / 1000);

  return {
    /** A token that works for `ORGANIZATION_TOKEN_HOURS`, or until its admin or organization is gone. */
    sign({ organization, admin }: OrganizationAccess): string {
      const iat = nowSeconds();
      const claims = {
        iss: issuer,
        aud: audience,
        sub: admin.id,
        admin_id: admin.id,
        org: organization.name,
        collection: organization.collection,
        iat,
        exp: iat + lifetime,
      } satisfies OrganizationTokenClaims;
      const header = { alg: ALGORITHM, typ: TOKEN_TYPE, kid: signingKid };
      return jwt.sign(claims, signingKey, { algorithm: ALGORITHM, header });
    },

    /**
     * Checks a token's signature and every claim.
     * @throws AppError TOKEN_INVALID, TOKEN_EXPIRED
     */
    verify(token: string): OrganizationTokenClaims {
      const header = tokenHeader.safeParse(jwt.decode(token, { complete: true })?.header);
      const key = header.success ? keys.get(header.data.kid) : undefined;
      if (key === undefined) throw appError('TOKEN_INVALID');
      const claims = organizationTokenClaims.safeParse(payloadOf(token, key, { issuer, audience }));
      if (!claims.success || claims.data.sub !== claims.data.admin_id) throw appError('TOKEN_INVALID');
      const now = nowSeconds();
      if (claims.data.iat > now + CLOCK_SKEW_SECONDS) throw appError('TOKEN_INVALID');
      if (claims.data.exp <= now) throw appError('TOKEN_EXPIRED');
      return claims.data;
    },
  };
}

/** Times are checked together with the claims, so that one clock decides. */
function payloadOf(
  token: string,
  key: ReturnType<typeof createSecretKey>,
  expected: { readonly issuer: string; readonly audience: string },
): unknown {
  try {
    return jwt.verify(token, key, {
      ...expected,
      algorithms: [ALGORITHM],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
  } catch (cause) {
    throw appError('TOKEN_INVALID', { cause });
  }
}
