import { randomUUID } from 'node:crypto';
import { appError } from '../../errors/app-error.ts';
import { invalidateAtCommit } from '../../repositories/base/invalidation.repository.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { AccountRepository } from '../../repositories/identity/account.repository.ts';
import type { MembershipRepository } from '../../repositories/identity/membership.repository.ts';
import type { OneTimeTokenRow } from '../../repositories/identity/one-time-token.repository.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import type { DomainEvents } from '../base/domain-events.ts';
import type { AccountMailService } from './account-mail.service.ts';
import { awaitsVerification, isOpenToItsOwner } from './account-standing.ts';
import { chooseStanding, tenantOf, type WantedTenant } from './active-context.ts';
import type { LoginAttempts } from './login-attempts.service.ts';
import { isSameHash, type MagicLinkBrowsers } from './magic-link-browser.ts';
import type { OneTimeTokenService } from './one-time-token.service.ts';
import type { SecurityLog } from './security-log.service.ts';
import type { SecurityPolicyService } from './security-policy.service.ts';
import type { SignInCompletion, SignInOutcome } from './sign-in-completion.service.ts';

export interface MagicLinkServiceDeps {
  readonly users: Pick<UserRepository, 'findById'>;
  readonly memberships: Pick<MembershipRepository, 'listOfUser'>;
  readonly accounts: Pick<AccountRepository, 'proveAddress'>;
  readonly accountMails: AccountMailService;
  readonly policies: Pick<SecurityPolicyService, 'effective'>;
  readonly oneTimeTokens: Pick<OneTimeTokenService, 'find' | 'consume' | 'spendAttempt' | 'revoke'>;
  readonly browsers: Pick<MagicLinkBrowsers, 'issueCode' | 'isCodeOf'>;
  readonly completion: SignInCompletion;
  readonly loginAttempts: LoginAttempts;
  readonly securityLog: SecurityLog;
  readonly events: DomainEvents;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

export interface MagicLinkRequest {
  /** In lower case. */
  readonly email: string;
  /** Slug of the tenant to work in. */
  readonly subdomain?: string | undefined;
  /** Of the mark of the browser that asks. */
  readonly browserHash: Buffer;
}

export interface MagicLinkUse {
  readonly token: string;
  readonly confirmationCode?: string | undefined;
  /** Slug of the tenant to work in. */
  readonly subdomain?: string | undefined;
  /** Of the mark of the browser in which the link was opened. */
  readonly browserHash: Buffer | null;
  /** Whether the user has signed in from this browser before. */
  isKnownDevice(userId: string): boolean;
}

const PURPOSES = ['magic_link'] as const;

const wantedTenant = (subdomain: string | undefined): WantedTenant =>
  subdomain === undefined ? null : { slug: subdomain };

export type MagicLinkService = ReturnType<typeof createMagicLinkService>;

export function createMagicLinkService(deps: MagicLinkServiceDeps) {
  const { users, memberships, accounts, accountMails, policies, oneTimeTokens, browsers } = deps;
  const { completion, loginAttempts, securityLog, events, tx, clock } = deps;

  /** Whether the policy of where the user would work allows links. Nobody is looked up like anybody else. */
  const mayUseLinks = async (
    ctx: Context<PlatformScope>,
    user: User | null,
    wanted: WantedTenant,
  ): Promise<boolean> => {
    const theirs = await memberships.listOfUser(ctx, user?.id ?? randomUUID());
    const standing = user && chooseStanding(user, theirs, wanted);
    const tenantId = standing && tenantOf(standing.context);
    const { magicLinks } = await policies.effective(ctx, {
      tenantIds: tenantId === null ? [] : [tenantId],
      isOperator: standing?.context.type === 'platform',
    });
    return user !== null && standing !== null && isOpenToItsOwner(user) && magicLinks;
  };

  /** @throws AppError CONFIRMATION_CODE_REQUIRED, CONFIRMATION_CODE_WRONG, ONE_TIME_TOKEN_INVALID after five wrong codes */
  const checkBrowser = async (
    ctx: Context<PlatformScope>,
    { id, browserHash, confirmationCodeHash }: OneTimeTokenRow,
    { user, use }: { readonly user: User; readonly use: MagicLinkUse },
  ): Promise<void> => {
    if (browserHash === null) return;
    if (use.browserHash !== null && isSameHash(use.browserHash, browserHash)) return;
    if (use.confirmationCode === undefined || confirmationCodeHash === null)
      throw appError('CONFIRMATION_CODE_REQUIRED');
    if (!(await oneTimeTokens.spendAttempt(ctx, id))) throw appError('ONE_TIME_TOKEN_INVALID');
    if (browsers.isCodeOf(use.confirmationCode, confirmationCodeHash)) return;
    await loginAttempts.record(ctx, {
      user,
      email: user.email,
      tenantId: null,
      method: 'magic_link',
      outcome: 'failed',
      knownDevice: use.isKnownDevice(user.id),
    });
    throw appError('CONFIRMATION_CODE_WRONG');
  };

  /** @throws AppError ONE_TIME_TOKEN_INVALID when another request was quicker */
  const consume = async (txCtx: TxContext<PlatformScope>, token: string): Promise<void> => {
    if ((await oneTimeTokens.consume(txCtx, token, PURPOSES)) === null) throw appError('ONE_TIME_TOKEN_INVALID');
  };

  const proveAddress = async (txCtx: TxContext<PlatformScope>, { id: userId }: User): Promise<void> => {
    if (!(await accounts.proveAddress(txCtx, userId))) throw appError('ONE_TIME_TOKEN_INVALID');
    await oneTimeTokens.revoke(txCtx, userId, ['email_verification']);
    invalidateAtCommit(txCtx, 'user', userId);
    securityLog.record(txCtx, { type: 'email.verified', userId });
  };

  return {
    /**
     * Asks for a mail with a link that signs in. Takes the same time and says the same for every address, also where a policy
     * allows no links.
     * @returns the code to show in the browser that asks: a link that is opened elsewhere needs it
     */
    async requestMail(ctx: Context, { email, subdomain, browserHash }: MagicLinkRequest): Promise<string> {
      const { code, hash } = browsers.issueCode();
      await accountMails.request(ctx, {
        email,
        allows: (platformCtx, user) => mayUseLinks(platformCtx, user, wantedTenant(subdomain)),
        publish: (txCtx, { id: userId }) =>
          events.publish(txCtx, 'user.magic_link_requested', userId, {
            userId,
            browserHash: browserHash.toString('base64url'),
            confirmationCodeHash: hash.toString('base64url'),
          }),
      });
      return code;
    },

    /**
     * Signs in by a mailed token, as far as the second factor allows. The token is used up with the session or with the question
     * for the second factor, and by nothing else.
     * @throws AppError ONE_TIME_TOKEN_INVALID
     * @throws AppError CONFIRMATION_CODE_REQUIRED, CONFIRMATION_CODE_WRONG in another browser than the one that asked
     * @throws AppError TENANT_ACCESS_DENIED, SIGN_IN_METHOD_DISABLED
     */
    async signIn(ctx: Context, use: MagicLinkUse): Promise<SignInOutcome> {
      const platformCtx = rescoped(ctx, platformScope);
      const { token, subdomain } = use;
      const found = await oneTimeTokens.find(platformCtx, token, PURPOSES);
      const user = found && (await users.findById(platformCtx, found.subjectId));
      if (found === null || user === null || !isOpenToItsOwner(user)) throw appError('ONE_TIME_TOKEN_INVALID');
      await checkBrowser(platformCtx, found, { user, use });
      const isUnverified = user.emailVerifiedAt === null;
      const verified: User = isUnverified
        ? { ...user, status: 'active', emailVerifiedAt: clock.now().toISOString() }
        : user;
      const outcome = await completion.complete(
        platformCtx,
        {
          user: verified,
          method: 'magic_link',
          wanted: wantedTenant(subdomain),
          twoFactorPassed: false,
          knownDevice: use.isKnownDevice(user.id),
        },
        async (txCtx) => {
          await consume(txCtx, token);
          if (isUnverified || awaitsVerification(user)) await proveAddress(txCtx, user);
        },
      );
      if (outcome.status === 'two_factor_required') await tx.run(platformCtx, (txCtx) => consume(txCtx, token));
      return outcome;
    },
  };
}
