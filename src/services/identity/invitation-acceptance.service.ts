import { appError, invariant } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AccountRepository } from '../../repositories/identity/account.repository.ts';
import type {
  InvitationRepository,
  InviterFacts,
  OpenInvitation,
} from '../../repositories/identity/invitation.repository.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import { everyPermission, isTenantRole } from '../../types/access-control.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { OneTimeTokenPurpose } from '../../types/identity/one-time-token.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { awaitsVerification, isOpenToItsOwner } from './account-standing.ts';
import { type Authority, mayGiveRole, memberAuthority, operatorAuthority } from './authority.ts';
import { operatorPermissions } from './effective-permissions.ts';
import type { MembershipService } from './membership.service.ts';
import type { OneTimeTokenService } from './one-time-token.service.ts';
import type { PasswordHasher } from './password-hasher.ts';
import type { PasswordPolicyService } from './password-policy.service.ts';
import { isPlatformRole, type TenantRole } from './roles.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { UserService } from './user.service.ts';
import { actingUser } from './user-actor.ts';

export interface InvitationAcceptanceServiceDeps {
  readonly invitations: Pick<InvitationRepository, 'findOpen' | 'findInviter' | 'markAccepted'>;
  readonly memberships: Pick<MembershipRepository, 'lockTenant' | 'findStandings'>;
  readonly membershipService: Pick<MembershipService, 'add'>;
  readonly users: Pick<UserRepository, 'findByEmail' | 'findById'>;
  readonly userService: Pick<UserService, 'createUser'>;
  readonly accounts: Pick<AccountRepository, 'resetPassword' | 'proveAddress' | 'updateProfile'>;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'find' | 'consume' | 'revoke'>;
  readonly passwordPolicy: Pick<PasswordPolicyService, 'check'>;
  readonly passwords: Pick<PasswordHasher, 'hash'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly securityLog: SecurityLog;
}

export interface AcceptanceRequest {
  /** The mailed token. */
  readonly token: string;
  /** Required for an account that is not there yet. */
  readonly name?: string | undefined;
  /** Required for an account that can not be used yet. */
  readonly password?: string | undefined;
}

export interface Acceptance {
  /** null for an operator. */
  readonly tenant: OpenInvitation['tenant'] | null;
  readonly user: Pick<User, 'id' | 'email'>;
  /** Whether the account was made now. */
  readonly created: boolean;
}

/** What somebody gives who has no account that can be used. */
interface NewAccount {
  /** null keeps the name the account has. */
  readonly name: string | null;
  readonly passwordHash: string;
}

const PURPOSES = ['invitation', 'operator_invitation'] as const satisfies readonly OneTimeTokenPurpose[];

export type InvitationAcceptanceService = ReturnType<typeof createInvitationAcceptanceService>;

/**
 * Becoming a member, or an operator, by a token that was mailed to the invited address, which proves that the mailbox is the
 * caller's (no session is needed, and none is opened).
 */
export function createInvitationAcceptanceService(deps: InvitationAcceptanceServiceDeps) {
  const { invitations, memberships, membershipService, users, userService, accounts } = deps;
  const { oneTimeTokens, passwordPolicy, passwords, tx, audit, securityLog } = deps;

  /** Checks and hashes what is needed to open the account, before any lock; null for one that can be used already. */
  const prepareAccount = async (
    ctx: Context<PlatformScope>,
    account: User | null,
    email: string,
    tenantId: TenantId | null,
    { name, password }: AcceptanceRequest,
  ): Promise<NewAccount | null> => {
    if (account?.status === 'active') return null;
    const knownName = name ?? account?.name;
    if (password === undefined || knownName === undefined) throw appError('ACCOUNT_DETAILS_REQUIRED');
    await passwordPolicy.check(ctx, {
      password,
      email,
      name: knownName,
      tenantIds: tenantId === null ? [] : [tenantId],
      isOperator: tenantId === null,
    });
    return { name: name ?? null, passwordHash: await passwords.hash(password) };
  };

  /** Opens an account that waits for its owner: a password that somebody else may have set before goes. */
  const open = async (
    txCtx: TxContext<PlatformScope>,
    account: User,
    { name, passwordHash }: NewAccount,
  ): Promise<User> => {
    if (!(await accounts.resetPassword(txCtx, account.id, passwordHash))) throw appError('INVITATION_VOID');
    if (name !== null && name !== account.name) await accounts.updateProfile(txCtx, account.id, { name });
    await oneTimeTokens.revoke(txCtx, account.id, ['email_verification', 'password_reset', 'magic_link']);
    invalidateAtCommit(txCtx, 'user', account.id);
    return { ...account, name: name ?? account.name };
  };

  const accountOf = async (
    txCtx: TxContext<PlatformScope>,
    email: string,
    prepared: NewAccount | null,
  ): Promise<{ user: User; created: boolean }> => {
    const account = await users.findByEmail(txCtx, email);
    if (account !== null && account.status === 'active') {
      if (account.platformRole !== null) throw appError('INVITATION_VOID');
      await accounts.proveAddress(txCtx, account.id);
      return { user: account, created: false };
    }
    if (prepared === null) throw appError('ACCOUNT_DETAILS_REQUIRED');
    if (account !== null) {
      if (!awaitsVerification(account)) throw appError('INVITATION_VOID');
      return { user: await open(txCtx, account, prepared), created: false };
    }
    if (prepared.name === null) throw appError('ACCOUNT_DETAILS_REQUIRED');
    const { name } = prepared;
    const made = await userService.createUser(txCtx, { email, name, type: 'PLATFORM_USER', passwordHash: null });
    return { user: await open(txCtx, made, prepared), created: true };
  };

  /** The role, if whoever invited may give it now: they may have been demoted, or have left. */
  const offeredRole = async (
    txCtx: TxContext<PlatformScope>,
    { tenant, role, invitedBy }: OpenInvitation,
  ): Promise<TenantRole> => {
    const inviter = await invitations.findInviter(txCtx, tenant.id, invitedBy);
    if (!isTenantRole(role) || inviter === null || !mayInvite(authorityOf(inviter, invitedBy), role)) {
      throw appError('INVITATION_VOID');
    }
    return role;
  };

  const join = async (
    txCtx: TxContext<PlatformScope>,
    { token }: AcceptanceRequest,
    invitationId: string,
    tenantId: TenantId,
    prepared: NewAccount | null,
  ): Promise<Acceptance> => {
    if (!(await memberships.lockTenant(txCtx, tenantId))) throw appError('INVITATION_VOID');
    if ((await oneTimeTokens.consume(txCtx, token, PURPOSES)) === null) throw appError('ONE_TIME_TOKEN_INVALID');
    const invitation = await invitations.findOpen(txCtx, invitationId);
    if (invitation === null) throw appError('ONE_TIME_TOKEN_INVALID');
    const role = await offeredRole(txCtx, invitation);
    const { user, created } = await accountOf(txCtx, invitation.email, prepared);
    const [standing] = await memberships.findStandings(txCtx, tenantId, [user.id]);
    if (standing === undefined) await membershipService.add(txCtx, { tenantId, userId: user.id, role });
    await invitations.markAccepted(txCtx, tenantId, invitation.id, user.id);
    const joinedCtx = { ...txCtx, actor: actingUser(user, standing?.role ?? role, null) };
    audit.record(joinedCtx, {
      resourceType: 'invitation',
      resourceId: invitation.id,
      tenantId,
      after: { status: 'accepted', role: standing?.role ?? role, userId: user.id, created },
    });
    if (standing === undefined) {
      securityLog.record(joinedCtx, { type: 'member.joined', userId: user.id, tenantId, details: { role } });
    }
    return { tenant: invitation.tenant, user: { id: user.id, email: user.email }, created };
  };

  const acceptAsMember = async (
    ctx: Context<PlatformScope>,
    request: AcceptanceRequest,
    invitationId: string,
  ): Promise<Acceptance> => {
    const invitation = await invitations.findOpen(ctx, invitationId);
    if (invitation === null) throw appError('ONE_TIME_TOKEN_INVALID');
    const { tenant, email } = invitation;
    const account = await users.findByEmail(ctx, email);
    if (account !== null && !isOpenToItsOwner(account)) throw appError('INVITATION_VOID');
    if (account === null && request.name === undefined) throw appError('ACCOUNT_DETAILS_REQUIRED');
    const prepared = await prepareAccount(ctx, account, email, tenant.id, request);
    return tx.run(ctx, (txCtx) => join(txCtx, request, invitationId, tenant.id, prepared));
  };

  const acceptAsOperator = async (
    ctx: Context<PlatformScope>,
    request: AcceptanceRequest,
    userId: string,
  ): Promise<Acceptance> => {
    const account = await users.findById(ctx, userId);
    if (account === null || account.status !== 'pending' || !isPlatformRole(account.platformRole)) {
      throw appError('ONE_TIME_TOKEN_INVALID');
    }
    const { platformRole } = account;
    const prepared = invariant(
      await prepareAccount(ctx, account, account.email, null, request),
      'A pending account gets a password',
    );
    return tx.run(ctx, async (txCtx) => {
      if ((await oneTimeTokens.consume(txCtx, request.token, PURPOSES)) === null) {
        throw appError('ONE_TIME_TOKEN_INVALID');
      }
      const user = await open(txCtx, account, prepared);
      const joinedCtx = { ...txCtx, actor: actingUser(user, platformRole, null) };
      const after = { status: 'active' };
      audit.record(joinedCtx, { resourceType: 'user', resourceId: userId, tenantId: PLATFORM_ID, after });
      securityLog.record(joinedCtx, { type: 'operator.changed', userId, details: after });
      return { tenant: null, user: { id: userId, email: user.email }, created: false };
    });
  };

  return {
    /**
     * Accepts an invitation once. An account that is active gets the membership and stays as it is; one that is not there, or
     * waits for its owner, is opened with the name and password given. Until all is right the token stays good.
     * @throws AppError ONE_TIME_TOKEN_INVALID, ACCOUNT_DETAILS_REQUIRED, PASSWORD_REFUSED, SIGN_IN_BUSY
     * @throws AppError INVITATION_VOID when whoever invited may no longer give the role, or the account may not be used
     * @throws AppError EMAIL_TAKEN when somebody signs up with the address in this very moment: trying again helps
     */
    async accept(ctx: Context, request: AcceptanceRequest): Promise<Acceptance> {
      const platformCtx = rescoped(ctx, platformScope);
      const token = await oneTimeTokens.find(platformCtx, request.token, PURPOSES);
      if (token === null) throw appError('ONE_TIME_TOKEN_INVALID');
      return token.purpose === 'invitation'
        ? acceptAsMember(platformCtx, request, token.subjectId)
        : acceptAsOperator(platformCtx, request, token.subjectId);
    },
  };
}

/** What somebody may decide who has invited; null for who may not sign in or is no member any more. */
function authorityOf(inviter: InviterFacts, userId: string): Authority | null {
  const { isActiveUser, platformRole, role, permissions } = inviter;
  if (!isActiveUser) return null;
  if (isPlatformRole(platformRole)) {
    return operatorAuthority({ id: userId, role: platformRole }, operatorPermissions(inviter));
  }
  return role === null ? null : memberAuthority({ userId, role, permissions }, everyPermission);
}

function mayInvite(authority: Authority | null, role: TenantRole): boolean {
  if (authority === null) return false;
  return authority.permissions.has('members:write') && mayGiveRole(authority, role);
}
