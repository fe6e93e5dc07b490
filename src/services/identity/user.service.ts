import { appError } from '../../errors/app-error.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { UserRepository } from '../../repositories/identity/user.repository.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import { platformScope, rescoped } from '../../types/context-factory.ts';
import type { User } from '../../types/identity/user.ts';
import type { PlatformRole } from './roles.ts';

export interface UserServiceDeps {
  readonly users: Pick<UserRepository, 'create' | 'findById'>;
}

export interface CreateUserInput {
  /** In lower case. */
  readonly email: string;
  readonly name: string;
  readonly phone?: string | null;
  readonly type: User['type'];
  /** Made by the PasswordHasher, outside of the transaction; null for a user who will choose a password later. */
  readonly passwordHash: string | null;
  /** Makes the user an operator. */
  readonly platformRole?: PlatformRole | null;
}

export type UserService = ReturnType<typeof createUserService>;

/** Users, for the domains that make and show them. Users are global, hence the platform's scope. */
export function createUserService({ users }: UserServiceDeps) {
  return {
    /** @throws AppError EMAIL_TAKEN, after which the transaction can only roll back */
    async createUser(txCtx: TxContext<PlatformScope>, input: CreateUserInput): Promise<User> {
      const { phone = null, platformRole = null, ...rest } = input;
      try {
        return await users.create(txCtx, { ...rest, phone, platformRole });
      } catch (error) {
        if (violatedConstraint(error) === 'users_email_key') throw appError('EMAIL_TAKEN', { cause: error });
        throw error;
      }
    },

    /** A user by id, whatever tenant the caller works in: the caller has decided that this user may be seen. */
    findById: (ctx: Context, id: string): Promise<User | null> => users.findById(rescoped(ctx, platformScope), id),
  };
}
