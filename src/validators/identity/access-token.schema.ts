import { z } from 'zod';
import { asTenantId } from '../../types/ids.ts';

const uuid = () => z.uuid().regex(/^[^A-Z]*$/, 'Must be in lower case');
const tenantId = () => uuid().transform(asTenantId);
const seconds = () => z.number().int().nonnegative();

/** The claims of an access token. Every one has exactly one type: an array where a string belongs is refused. */
export const accessTokenClaims = z
  .object({
    iss: z.string(),
    aud: z.string(),
    sub: uuid(),
    userId: uuid(),
    email: z.string(),
    name: z.string(),
    type: z.enum(['ADMIN_USER', 'PLATFORM_USER']),
    role: z.string().min(1).max(64),
    tenantId: tenantId().optional(),
    activeContext: z.discriminatedUnion('type', [
      z.object({ type: z.literal('platform'), id: uuid() }),
      z.object({ type: z.literal('tenant'), id: tenantId() }),
      z.object({ type: z.literal('self'), id: uuid() }),
    ]),
    permissions: z.array(z.string().max(64)).max(200),
    sid: uuid(),
    act: z.object({ sub: uuid() }).optional(),
    iat: seconds(),
    nbf: seconds().optional(),
    exp: seconds(),
  })
  .refine(({ sub, userId }) => sub === userId, 'sub and userId must be the same user')
  .refine(
    ({ activeContext, tenantId }) => tenantId === (activeContext.type === 'tenant' ? activeContext.id : undefined),
    'tenantId must be the tenant of the active context',
  );

export type AccessTokenClaims = z.output<typeof accessTokenClaims>;
