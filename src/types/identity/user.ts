/** What a user is for the product: somebody who runs it, or somebody who uses it. */
export type UserType = 'ADMIN_USER' | 'PLATFORM_USER';

export type UserStatus = 'active' | 'inactive' | 'suspended' | 'pending';

/** A person who can sign in. Times are ISO 8601. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly phone: string | null;
  readonly type: UserType;
  /** Role on the platform itself; null for everybody but operators. */
  readonly platformRole: string | null;
  /** What an operator may do; null for what the role gives. */
  readonly platformPermissions: readonly string[] | null;
  readonly status: UserStatus;
  readonly locale: string;
  readonly avatarUrl: string | null;
  /** An administrator asks for a second factor. */
  readonly twoFactorRequired: boolean;
  readonly passwordChangedAt: string | null;
  readonly emailVerifiedAt: string | null;
  readonly lastLoginAt: string | null;
  readonly createdAt: string;
}
