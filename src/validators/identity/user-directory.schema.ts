import { z } from 'zod';
import { email, id, line, phone, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

const Status = z.enum(['active', 'inactive', 'suspended', 'pending']).meta({ example: 'active' });
const UserType = z.enum(['ADMIN_USER', 'PLATFORM_USER']).meta({ example: 'PLATFORM_USER' });

/** BCP 47, as far as language and region. */
const locale = () =>
  z
    .string()
    .regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'Must be a language such as "en" or "en-IN"')
    .meta({ example: 'en' });

export const ListUsersQuery = pageQuery(['createdAt', 'email'], {
  search: search(),
  role: z
    .enum(['super_admin', 'admin', 'owner', 'manager', 'staff', 'member'])
    .optional()
    .describe('On the platform, or in any tenant.')
    .meta({ example: 'owner' }),
  status: Status.optional(),
  type: UserType.optional(),
});

export const UpdateUserRequest = z
  .strictObject({
    name: line(120).meta({ example: 'Asha Rao' }),
    phone: phone().nullable(),
    locale: locale(),
    status: Status.exclude(['pending']),
  })
  .partial()
  .meta({ id: 'UpdateUserRequest' });

const fields = {
  id: id(),
  email: email(),
  name: z.string().meta({ example: 'Asha Rao' }),
  phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
  type: UserType,
  platformRole: z.string().nullable().describe('Of operators; null for everybody else.').meta({ example: null }),
  status: Status,
  locale: z.string().meta({ example: 'en' }),
  twoFactor: z.object({
    enabled: z.boolean().describe('Whether a second factor is set up.').meta({ example: true }),
    required: z.boolean().describe('Whether an administrator asks for one.').meta({ example: false }),
  }),
  emailVerifiedAt: timestamp().nullable(),
  lastLoginAt: timestamp().nullable(),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

export const UserResponse = z.object(fields).meta({ id: 'User' });

export const UserDetailResponse = z
  .object({
    ...fields,
    memberships: z.array(
      z.object({
        tenant: z.object({
          id: id(),
          name: z.string().meta({ example: 'Lakeside Study Library' }),
          slug: z.string().meta({ example: 'lakeside' }),
          status: z.enum(['trial', 'active', 'suspended', 'inactive']).meta({ example: 'active' }),
        }),
        role: z.string().meta({ example: 'owner' }),
        status: z.enum(['active', 'suspended']).meta({ example: 'active' }),
      }),
    ),
  })
  .meta({ id: 'UserDetail' });
