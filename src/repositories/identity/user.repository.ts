import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import type { User as UserRow, UserType } from '../../generated/prisma/client.ts';
import type { Context, PlatformScope, TxContext } from '../../types/context.ts';
import type { User } from '../../types/identity/user.ts';
import type { Database } from '../base/database.ts';
import { statement } from '../base/statement.ts';
import { writeAtCommit } from '../base/transaction.ts';

/** A user with what proves who they are; it stays inside the identity services. */
export interface UserCredentials {
  readonly user: User;
  /** null until the user has chosen a password. */
  readonly passwordHash: string | null;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly phone: string | null;
  readonly type: UserType;
  readonly platformRole: string | null;
  readonly passwordHash: string | null;
}

const RECORD_SIGN_IN = statement('update users set last_login_at = now() where id = $1');
const REPLACE_PASSWORD_HASH = statement(
  'update users set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2',
);

export type UserRepository = ReturnType<typeof createUserRepository>;

/** Users are global: only the platform role can see them, hence the scope. */
export function createUserRepository({ database }: { database: Database }) {
  return {
    /** @throws the unique violation of `users_email_key` when the address is in use */
    async create(ctx: TxContext<PlatformScope>, user: NewUser): Promise<User> {
      return toUser(await database.orm(ctx, (client) => client.user.create({ data: { id: uuidv7(), ...user } })));
    },

    async findById(ctx: Context<PlatformScope>, id: string): Promise<User | null> {
      const row = await database.orm(ctx, (client) => client.user.findFirst({ where: { id } }));
      return row && toUser(row);
    },

    /** @param email in lower case */
    async findByEmail(ctx: Context<PlatformScope>, email: string): Promise<User | null> {
      const row = await database.orm(ctx, (client) => client.user.findFirst({ where: { email } }));
      return row && toUser(row);
    },

    /** @param email in lower case */
    async findCredentials(ctx: Context<PlatformScope>, email: string): Promise<UserCredentials | null> {
      const row = await database.orm(ctx, (client) => client.user.findFirst({ where: { email } }));
      return row && { user: toUser(row), passwordHash: row.passwordHash };
    },

    async findCredentialsById(ctx: Context<PlatformScope>, id: string): Promise<UserCredentials | null> {
      const row = await database.orm(ctx, (client) => client.user.findFirst({ where: { id } }));
      return row && { user: toUser(row), passwordHash: row.passwordHash };
    },

    recordSignIn(ctx: TxContext<PlatformScope>, id: string): void {
      writeAtCommit(ctx.tx, RECORD_SIGN_IN, [id]);
    },

    /** Changes how a password is stored, unless the password itself has been changed in the meantime. */
    replacePasswordHash(ctx: TxContext<PlatformScope>, id: string, current: string, replacement: string): void {
      writeAtCommit(ctx.tx, REPLACE_PASSWORD_HASH, [id, current, replacement]);
    },
  };
}

const permissionList = z.array(z.string()).nullable();

function toUser(row: UserRow): User {
  const { id, email, name, phone, type, platformRole, status, locale, avatarUrl, twoFactorRequired } = row;
  return {
    id,
    email,
    name,
    phone,
    type,
    platformRole,
    platformPermissions: permissionList.parse(row.platformPermissions),
    status,
    locale,
    avatarUrl,
    twoFactorRequired,
    passwordChangedAt: row.passwordChangedAt?.toISOString() ?? null,
    emailVerifiedAt: row.emailVerifiedAt?.toISOString() ?? null,
    lastLoginAt: row.lastLoginAt?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
