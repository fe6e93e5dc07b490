import { appError, invariant } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { InvitationRepository } from '../../repositories/identity/invitation.repository.ts';
import { commonPermissions } from '../../types/access-control.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { Invitation, InvitationFilter } from '../../types/identity/invitation.ts';
import type { TenantId } from '../../types/ids.ts';
import type { Page } from '../../types/page.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import { requireHeld, requireRank } from './authority.ts';
import { rolePermissions } from './effective-permissions.ts';
import type { MembershipChangeService } from './membership-change.service.ts';
import { type OneTimeTokenService, TOKEN_MINUTES } from './one-time-token.service.ts';
import type { TenantRole } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';
import { tenantInContext } from './tenant-in-context.ts';

export interface InvitationServiceDeps {
  readonly invitations: Pick<
    InvitationRepository,
    'list' | 'findById' | 'findInvitee' | 'countSentSince' | 'replacePending' | 'revoke' | 'findOpen'
  >;
  readonly changes: Pick<MembershipChangeService, 'begin'>;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'revoke'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly securityLog: SecurityLog;
  readonly clock: Clock;
}

export interface InviteRequest {
  /** In lower case. */
  readonly email: string;
  readonly role: TenantRole;
}

/** What the e-mail of an invitation says. */
export interface InvitationLetter {
  readonly tenantName: string;
  readonly inviterName: string;
  readonly role: string;
  readonly email: string;
  readonly expiresAt: string;
}

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** Invitations are e-mails to strangers: a tenant must be no way to send many of them. */
const MOST_A_DAY = 50;
const MOST_AN_HOUR_TO_ONE_ADDRESS = 3;

export type InvitationService = ReturnType<typeof createInvitationService>;

/** Offers to become a member. What sends the e-mail makes the secret that its link brings. */
export function createInvitationService(deps: InvitationServiceDeps) {
  const { invitations, changes, oneTimeTokens, tx, audit, events, securityLog, clock } = deps;

  const requireFewer = async (
    txCtx: TxContext<PlatformScope>,
    tenantId: TenantId,
    email: string | null,
    { most, seconds }: { readonly most: number; readonly seconds: number },
  ): Promise<void> => {
    const now = clock.now().getTime();
    const since = new Date(now - seconds * 1000).toISOString();
    const { count, oldestAt } = await invitations.countSentSince(txCtx, tenantId, since, email);
    if (count < most) return;
    const retryAfter = Math.max(1, Math.ceil((oldestAt ?? 0) + seconds - now / 1000));
    throw appError('INVITATION_LIMIT_REACHED', { retryAfter });
  };

  return {
    /** @throws AppError TENANT_NOT_FOUND, for every tenant but the one in context too */
    async list(ctx: Context, tenantId: string, filter: InvitationFilter): Promise<Page<Invitation>> {
      const page = await invitations.list(rescoped(ctx, platformScope), tenantInContext(ctx, tenantId), filter);
      if (page === null) throw appError('TENANT_NOT_FOUND');
      return page;
    },

    /**
     * Invites an address for seven days; an invitation that waits for its answer is renewed, and the link sent before is dead.
     * @throws AppError TENANT_NOT_FOUND, RANK_TOO_LOW, PERMISSION_NOT_HELD, ALREADY_MEMBER, INVITATION_LIMIT_REACHED
     */
    invite(ctx: Context, id: string, { email, role }: InviteRequest): Promise<Invitation> {
      const tenantId = tenantInContext(ctx, id);
      return tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const { authority } = await changes.begin(txCtx, { tenantId, permission: 'members:write' });
        requireRank(authority, role);
        requireHeld(authority, commonPermissions(rolePermissions(role)));
        const { isMember, pendingRole } = await invitations.findInvitee(txCtx, tenantId, email);
        if (isMember) throw appError('ALREADY_MEMBER');
        if (pendingRole !== null) requireRank(authority, pendingRole);
        await requireFewer(txCtx, tenantId, null, { most: MOST_A_DAY, seconds: DAY_SECONDS });
        await requireFewer(txCtx, tenantId, email, { most: MOST_AN_HOUR_TO_ONE_ADDRESS, seconds: HOUR_SECONDS });
        const invitationId = await invitations.replacePending(txCtx, tenantId, {
          email,
          role,
          invitedBy: invariant(authority.userId, 'People invite'),
          minutes: TOKEN_MINUTES.invitation,
        });
        await oneTimeTokens.revoke(txCtx, invitationId, ['invitation']);
        const after = { email, role };
        audit.record(txCtx, { resourceType: 'invitation', resourceId: invitationId, tenantId, after });
        securityLog.record(txCtx, { type: 'member.invited', tenantId, details: { ...after, invitationId } });
        events.publish(txCtx, 'invitation.created', invitationId, { tenantId, invitationId }, tenantId);
        return invariant(await invitations.findById(txCtx, tenantId, invitationId), 'What was just written is there');
      });
    },

    /**
     * Takes an invitation back; its link is dead with the commit.
     * @throws AppError TENANT_NOT_FOUND, INVITATION_NOT_FOUND, INVITATION_NOT_PENDING, RANK_TOO_LOW
     */
    async revoke(ctx: Context, id: string, invitationId: string): Promise<void> {
      const tenantId = tenantInContext(ctx, id);
      await tx.run(rescoped(ctx, platformScope), async (txCtx) => {
        const { authority } = await changes.begin(txCtx, { tenantId, permission: 'members:write' });
        const before = await invitations.findById(txCtx, tenantId, invitationId);
        if (before === null) throw appError('INVITATION_NOT_FOUND');
        requireRank(authority, before.role);
        if (!(await invitations.revoke(txCtx, tenantId, invitationId))) throw appError('INVITATION_NOT_PENDING');
        await oneTimeTokens.revoke(txCtx, invitationId, ['invitation']);
        audit.record(txCtx, {
          resourceType: 'invitation',
          resourceId: invitationId,
          tenantId,
          before: { email: before.email, role: before.role, status: before.status },
          after: { email: before.email, role: before.role, status: 'revoked' },
        });
      });
    },

    /** What the e-mail says; null for an invitation that can not be accepted any more. */
    async find(ctx: Context, tenantId: TenantId, invitationId: string): Promise<InvitationLetter | null> {
      const open = await invitations.findOpen(rescoped(ctx, platformScope), invitationId);
      if (open === null || open.tenant.id !== tenantId) return null;
      const { tenant, inviterName, role, email, expiresAt } = open;
      return { tenantName: tenant.name, inviterName, role, email, expiresAt };
    },
  };
}
