import { uuidv7 } from 'uuidv7';
import type { LoginAttemptRepository } from '../../repositories/identity/login-attempt.repository.ts';
import type { Context } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { LoginOutcome } from '../../types/identity/login-attempt.ts';
import type { SignInMethod } from '../../types/identity/sign-in-method.ts';
import type { User } from '../../types/identity/user.ts';
import { PLATFORM_ID, type TenantId } from '../../types/ids.ts';

export interface LoginAttemptsDeps {
  readonly attempts: Pick<LoginAttemptRepository, 'append'>;
}

export interface LoginAttempt {
  readonly user: Pick<User, 'id' | 'email'> | null;
  /** As it was typed. */
  readonly email: string;
  /** Where the user works or asked to work; null where that is nowhere or unknown. */
  readonly tenantId: TenantId | null;
  readonly method: SignInMethod;
  readonly outcome: LoginOutcome;
  readonly knownDevice: boolean;
}

const SHOWN_OF_UNKNOWN = 2;

export type LoginAttempts = ReturnType<typeof createLoginAttempts>;

export function createLoginAttempts({ attempts }: LoginAttemptsDeps) {
  return {
    /** Writes down a try to sign in; inside a transaction it commits with it. */
    record(ctx: Context, { user, email, tenantId, ...facts }: LoginAttempt): Promise<void> {
      const { ipAddress, userAgent } = ctx.origin;
      const platformCtx = ctx.tx === null ? rescoped(ctx, platformScope) : { ...ctx, scope: platformScope };
      return attempts.append(platformCtx, {
        ...facts,
        tenantId: tenantId ?? PLATFORM_ID,
        id: uuidv7(),
        userId: user?.id ?? null,
        email: user?.email ?? masked(email),
        ipAddress,
        userAgent,
      });
    },
  };
}

/** The beginning and the domain: enough to recognize a mistyped address, too little to keep a password typed in its place. */
const masked = (email: string): string => `${email.slice(0, SHOWN_OF_UNKNOWN)}…${email.slice(email.lastIndexOf('@'))}`;
