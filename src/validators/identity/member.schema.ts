import { z } from 'zod';
import { tenantRoles } from '../../types/access-control.ts';
import { id, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

const role = () => z.enum(tenantRoles).meta({ example: 'staff' });
const status = () => z.enum(['active', 'suspended']).meta({ example: 'active' });

export const MemberParams = z.strictObject({ id: id(), userId: id() });

export const ListMembersQuery = pageQuery(['joinedAt'], {
  search: search().describe('Is looked for in name and e-mail address.'),
  role: role().optional(),
  status: status().optional(),
});

export const UpdateMemberRequest = z
  .strictObject({ role: role(), status: status() })
  .partial()
  .meta({ id: 'UpdateMemberRequest' });

export const MemberResponse = z
  .object({
    userId: id(),
    name: z.string().meta({ example: 'Asha Rao' }),
    email: z.string().meta({ example: 'asha@lakeside.example' }),
    role: z.string().describe('The system role.').meta({ example: 'staff' }),
    roles: z
      .array(z.object({ id: id(), name: z.string().meta({ example: 'Front desk' }) }))
      .describe("Of the tenant's own."),
    status: status(),
    twoFactorEnabled: z.boolean().meta({ example: true }),
    joinedAt: timestamp(),
  })
  .meta({ id: 'Member' });
