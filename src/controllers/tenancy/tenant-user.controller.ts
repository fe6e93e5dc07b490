import type { z } from 'zod';
import type { MemberService } from '../../services/identity/member.service.ts';
import type { Context } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { ListTenantUsersQuery, TenantUserResponse } from '../../validators/tenancy/tenant-user.schema.ts';

type TenantUserAnswer = z.input<typeof TenantUserResponse>;

const MEMBER_SORT = { createdAt: 'joinedAt', '-createdAt': '-joinedAt' } as const;

export type TenantUserController = ReturnType<typeof createTenantUserController>;

export function createTenantUserController({ members }: { readonly members: Pick<MemberService, 'list'> }) {
  return {
    /** Who was there when is for who may see members; that colleagues are there is for everybody in the tenant. */
    async list(
      ctx: Context,
      tenantId: string,
      { sort, ...query }: z.output<typeof ListTenantUsersQuery>,
    ): Promise<Page<TenantUserAnswer>> {
      const page = await members.list(ctx, tenantId, { ...query, sort: MEMBER_SORT[sort] });
      const seesSignIns = ctx.permissions.has('members:read');
      return {
        ...page,
        items: page.items.map(({ userId: id, name, email, role, status, lastLoginAt, joinedAt: createdAt }) => ({
          id,
          name,
          email,
          role,
          status,
          lastLoginAt: seesSignIns ? lastLoginAt : null,
          createdAt,
        })),
      };
    },
  };
}
