import type { Logger } from '../../config/logger.ts';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type {
  OrganizationCredentials,
  OrganizationRepository,
} from '../../repositories/tenancy/organization.repository.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { PasswordHasher } from '../identity/password-hasher.ts';
import type { AdmittedTry, SignInThrottles } from '../identity/sign-in-throttles.ts';
import type { OrganizationTokens } from './organization-token.ts';

export interface OrganizationSignInDeps {
  readonly organizations: Pick<OrganizationRepository, 'findCredentials' | 'recordSignIn' | 'replacePasswordHash'>;
  readonly passwords: PasswordHasher;
  readonly throttles: Pick<SignInThrottles, 'admit' | 'refund' | 'forgetAccount'>;
  readonly tokens: Pick<OrganizationTokens, 'sign'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly log: Pick<Logger, 'info'>;
}

export type OrganizationSignIn = ReturnType<typeof createOrganizationSignIn>;

export function createOrganizationSignIn(deps: OrganizationSignInDeps) {
  const { organizations, passwords, throttles, tokens, tx, audit, log } = deps;

  /** A password that could not be looked at was no try. */
  const verify = async (ctx: Context, password: string, hash: string | null, admitted: AdmittedTry) => {
    try {
      return await passwords.verify(password, hash);
    } catch (error) {
      await throttles.refund(ctx, admitted);
      throw error;
    }
  };

  /** Counted before the password is hashed, and taken back when it was right (R-ID-3), as for users. */
  const authenticate = async (
    ctx: Context<PlatformScope>,
    email: string,
    password: string,
  ): Promise<OrganizationCredentials> => {
    const found = await organizations.findCredentials(ctx, email);
    const admission = await throttles.admit(ctx, { email: accountOf(email), userId: null, deviceId: null });
    if (!admission.admitted) throw appError('TOO_MANY_ATTEMPTS', { retryAfter: admission.retryAfter });
    const matches = await verify(ctx, password, found?.passwordHash ?? null, admission);
    if (found === null || !matches) {
      const { requestId, origin } = ctx;
      const reason = found === null ? 'unknown account' : 'wrong password';
      const adminId = found?.admin.id ?? null;
      log.info('Sign-in of an organization refused', { requestId, ipAddress: origin.ipAddress, adminId, reason });
      throw appError('INVALID_CREDENTIALS');
    }
    await throttles.refund(ctx, admission);
    return found;
  };

  return {
    /**
     * Takes as long, and says the same, whether the account is unknown or the password is wrong.
     * @param email in lower case
     * @returns an access token
     * @throws AppError INVALID_CREDENTIALS, TOO_MANY_ATTEMPTS with the time to wait, SIGN_IN_BUSY
     */
    async signIn(ctx: Context<PlatformScope>, email: string, password: string): Promise<string> {
      const found = await authenticate(ctx, email, password);
      const { organization, admin, passwordHash } = found;
      const replacement = passwords.needsRehash(passwordHash) ? await passwords.hash(password) : null;
      await tx.run(ctx, async (txCtx) => {
        organizations.recordSignIn(txCtx, admin.id);
        if (replacement !== null) organizations.replacePasswordHash(txCtx, admin.id, passwordHash, replacement);
        await throttles.forgetAccount(txCtx, accountOf(email));
        audit.record(txCtx, {
          resourceType: 'organization_admin',
          resourceId: admin.id,
          after: { organizationId: organization.id },
        });
      });
      return tokens.sign(found);
    },
  };
}

/** An admin and a user with the same address are two accounts: tries on the one must not make the other wait. */
const accountOf = (email: string): string => `organization admin ${email}`;
