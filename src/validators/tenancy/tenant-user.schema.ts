import { z } from 'zod';
import { id, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

export const ListTenantUsersQuery = pageQuery(['createdAt'], {
  search: search().describe('Is looked for in name and e-mail address.'),
});

export const TenantUserResponse = z
  .object({
    id: id(),
    name: z.string().meta({ example: 'Asha Rao' }),
    email: z.string().meta({ example: 'asha@lakeside.example' }),
    role: z.string().describe('The system role in the tenant.').meta({ example: 'staff' }),
    status: z.enum(['active', 'suspended']).meta({ example: 'active' }),
    lastLoginAt: timestamp()
      .nullable()
      .describe('Null before the first time, and without the permission members:read.'),
    createdAt: timestamp().describe('When they joined the tenant.'),
  })
  .meta({ id: 'TenantUser' });
