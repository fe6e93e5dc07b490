import { z } from 'zod';
import { id, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

export const ListSecuritySessionsQuery = pageQuery(['createdAt'], {
  search: search().meta({ description: "Part of the user's name or e-mail address.", example: 'asha' }),
});

export const SecuritySessionResponse = z
  .object({
    id: id(),
    tenantId: id().nullable().meta({ description: 'Where it was opened; null on the platform, and in no tenant.' }),
    user: z.object({
      id: id(),
      name: z.string().meta({ example: 'Asha Rao' }),
      email: z.string().meta({ example: 'asha@lakeside.example' }),
    }),
    method: z.string().meta({ example: 'password' }),
    twoFactor: z.boolean().meta({ description: 'Whether a second factor has been proved.' }),
    ipAddress: z.string().nullable().meta({ example: '203.0.113.7' }),
    userAgent: z.string().nullable().meta({ example: 'Mozilla/5.0' }),
    createdAt: timestamp(),
    lastUsedAt: timestamp(),
    expiresAt: timestamp(),
    impersonator: z
      .object({ id: id(), name: z.string().meta({ example: 'Operator' }) })
      .nullable()
      .meta({ description: "The operator who works in the user's place." }),
  })
  .meta({ id: 'SecuritySession' });
