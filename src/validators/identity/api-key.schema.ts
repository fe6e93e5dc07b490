import { z } from 'zod';
import { isPermission, permissionCatalogue } from '../../types/access-control.ts';
import { id, line, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';
import { cidr, cidrInput } from './cidr.schema.ts';

const MOST_CIDRS = 50;
const MOST_PER_MINUTE = 100_000;
const permissions = Object.keys(permissionCatalogue).filter(isPermission);

const name = () => line(80).meta({ example: 'Booking kiosk' });

const scopes = () =>
  z
    .array(z.enum(permissions))
    .min(1)
    .max(permissions.length)
    .refine((given) => new Set(given).size === given.length, 'Each scope once')
    .meta({ example: ['invoices:read'] });

export const CreateApiKeyRequest = z
  .strictObject({
    name: name(),
    scopes: scopes().describe('What the key may do: never more than its creator, then and at each use.'),
    expiresInDays: z.number().int().min(1).max(365).meta({ example: 90 }),
    allowedCidrs: z
      .array(cidrInput())
      .max(MOST_CIDRS)
      .default([])
      .transform((given) => [...new Set(given)])
      .describe('Where the key may be used from; none for anywhere.')
      .meta({ example: ['203.0.113.0/24', '2001:db8::/32'] }),
    rateLimitPerMinute: z
      .number()
      .int()
      .min(1)
      .max(MOST_PER_MINUTE)
      .nullable()
      .default(null)
      .describe('A budget of its own for all its requests; null for the budgets that everybody has.')
      .meta({ example: 300 }),
  })
  .meta({ id: 'CreateApiKeyRequest' });

export const RotateApiKeyRequest = z
  .strictObject({
    overlapHours: z
      .number()
      .int()
      .min(0)
      .max(168)
      .describe('How long the secret until now stays valid; 0 ends it at once.')
      .meta({ example: 24 }),
  })
  .meta({ id: 'RotateApiKeyRequest' });

export const ApiKeyStatusName = z.enum(['active', 'expired', 'revoked']);

export const ListApiKeysQuery = pageQuery(['createdAt'], {
  search: search(),
  status: ApiKeyStatusName.optional(),
});

const fields = {
  id: id(),
  name: z.string().meta({ example: 'Booking kiosk' }),
  prefix: z.string().describe('How the key begins.').meta({ example: 'rh_live_2fV0pOq8yTn4Zk1wXc7RbS' }),
  lastFour: z.string().describe('How the key ends.').meta({ example: 'x9Kd' }),
  scopes: z.array(z.enum(permissions)).meta({ example: ['invoices:read'] }),
  allowedCidrs: z.array(cidr()).meta({ example: ['203.0.113.0/24'] }),
  rateLimitPerMinute: z.number().int().nullable().meta({ example: 300 }),
  status: ApiKeyStatusName,
  expiresAt: timestamp(),
  previousExpiresAt: timestamp()
    .nullable()
    .describe('Until when the secret before the last rotation is valid, too.')
    .meta({ example: null }),
  lastUsedAt: timestamp().nullable().describe('Up to a minute behind.'),
  lastUsedIp: z.string().nullable().meta({ example: '203.0.113.7' }),
  createdBy: z.object({ id: id(), name: z.string().meta({ example: 'Asha Rao' }) }),
  revokedAt: timestamp().nullable().meta({ example: null }),
  createdAt: timestamp(),
};

export const ApiKeyResponse = z.object(fields).meta({ id: 'ApiKey' });

export const RevealedApiKeyResponse = z
  .object({
    ...fields,
    key: z
      .string()
      .describe('The whole key. It is shown in this answer only.')
      .meta({ example: 'rh_live_2fV0pOq8yTn4Zk1wXc7RbS_...' }),
  })
  .meta({ id: 'RevealedApiKey' });
