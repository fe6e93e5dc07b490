import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { Member, MemberFilter, MemberStatus } from '../../types/identity/member.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { MembershipChangeService } from './membership-change.service.ts';
import type { TenantRole } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';
import { tenantInContext } from './tenant-in-context.ts';

export interface MemberServiceDeps {
  readonly memberships: Pick<MembershipRepository, 'listMembers' | 'findMember' | 'revokeSessions'>;
  readonly changes: MembershipChangeService;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
}

export interface MemberChanges {
  readonly role?: TenantRole | undefined;
  readonly status?: MemberStatus | undefined;
}

export type MemberService = ReturnType<typeof createMemberService>;

/**
 * Who works for a tenant. Members are users, whom only the platform's role can see: everything here runs in its scope, with the
 * tenant in each predicate.
 */
export function createMemberService({ memberships, changes, tx, audit, securityLog }: MemberServiceDeps) {
  return {
    /** @throws AppError TENANT_NOT_FOUND, for every tenant but the one in context too */
    async list(ctx: Context, tenantId: string, filter: MemberFilter): Promise<Page<Member>> {
      const page = await memberships.listMembers(rescoped(ctx, platformScope), tenantInContext(ctx, tenantId), filter);
      if (page === null) throw appError('TENANT_NOT_FOUND');
      return page;
    },

    /**
     * Gives a member another role, or shuts them out and lets them in again; their sessions learn of it with the commit.
     * @throws AppError TENANT_NOT_FOUND, MEMBER_NOT_FOUND, RANK_TOO_LOW, PERMISSION_NOT_HELD, LAST_OWNER
     */
    update(ctx: Context, id: string, userId: string, requested: MemberChanges): Promise<Member> {
      const tenantId = tenantInContext(ctx, id);
      return tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const change = await changes.begin(txCtx, { tenantId, permission: 'members:write', userIds: [userId] });
        const member = change.member(userId);
        const before = { role: member.role, status: member.status };
        const after = { role: requested.role ?? member.role, status: requested.status ?? member.status };
        await changes.change(txCtx, change, member, after);
        audit.record(txCtx, { resourceType: 'membership', resourceId: member.membershipId, tenantId, before, after });
        if (after.role !== before.role) {
          securityLog.record(txCtx, { type: 'member.role_changed', userId, tenantId, details: { role: after.role } });
        }
        if (after.status !== before.status) {
          const details = { status: after.status };
          securityLog.record(txCtx, { type: 'member.status_changed', userId, tenantId, details });
        }
        return invariant(await memberships.findMember(txCtx, tenantId, userId), 'A changed member is still there');
      });
    },

    /**
     * Takes a member out of the tenant, with their roles there and the sessions they opened in it. Their other sessions and
     * their API keys lose the tenant with the commit, since both allow no more than their user's standing.
     * @throws AppError TENANT_NOT_FOUND, MEMBER_NOT_FOUND, RANK_TOO_LOW, LAST_OWNER
     */
    async remove(ctx: Context, id: string, userId: string): Promise<void> {
      const tenantId = tenantInContext(ctx, id);
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const change = await changes.begin(txCtx, { tenantId, permission: 'members:write', userIds: [userId] });
        const member = change.member(userId);
        await changes.remove(txCtx, change, member);
        await memberships.revokeSessions(txCtx, tenantId, userId);
        const before = { userId, role: member.role, status: member.status };
        audit.record(txCtx, { resourceType: 'membership', resourceId: member.membershipId, tenantId, before });
        securityLog.record(txCtx, { type: 'member.removed', userId, tenantId, details: { role: member.role } });
      });
    },
  };
}
