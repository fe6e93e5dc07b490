import type { z } from 'zod';
import type { MemberService } from '../../services/identity/member.service.ts';
import type { Context } from '../../types/context.ts';
import type { Member } from '../../types/identity/member.ts';
import type { Page } from '../../types/page.ts';
import type { ListMembersQuery, MemberResponse, UpdateMemberRequest } from '../../validators/identity/member.schema.ts';

type MemberAnswer = z.input<typeof MemberResponse>;

export type MemberController = ReturnType<typeof createMemberController>;

export function createMemberController({ members }: { readonly members: MemberService }) {
  return {
    async list(ctx: Context, tenantId: string, query: z.output<typeof ListMembersQuery>): Promise<Page<MemberAnswer>> {
      const page = await members.list(ctx, tenantId, query);
      return { ...page, items: page.items.map(toMemberAnswer) };
    },

    async update(
      ctx: Context,
      tenantId: string,
      userId: string,
      body: z.output<typeof UpdateMemberRequest>,
    ): Promise<MemberAnswer> {
      return toMemberAnswer(await members.update(ctx, tenantId, userId, body));
    },

    async remove(ctx: Context, tenantId: string, userId: string): Promise<undefined> {
      await members.remove(ctx, tenantId, userId);
    },
  };
}

const toMemberAnswer = ({ lastLoginAt: _lastLoginAt, ...member }: Member): MemberAnswer => ({
  ...member,
  roles: [...member.roles],
});
