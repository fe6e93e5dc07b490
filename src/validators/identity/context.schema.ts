import { z } from 'zod';
import { id } from '../common/fields.schema.ts';
import { ActiveContext, accessTokenFields, permissionPatterns, TokenDelivery } from './auth.schema.ts';

export const SwitchContextRequest = z
  .strictObject({
    tenantId: id().nullable().describe('The tenant to work in; null for nothing but the own things.'),
    tokenDelivery: TokenDelivery,
  })
  .meta({ id: 'SwitchContextRequest' });

export const SwitchContextResponse = z
  .object({
    ...accessTokenFields,
    activeContext: ActiveContext,
    role: z.string().describe('Role where the token works.').meta({ example: 'owner' }),
    permissions: permissionPatterns(),
  })
  .meta({ id: 'SwitchContextResponse' });
