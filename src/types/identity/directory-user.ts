import type { PageRequest } from '../page.ts';
import type { UserStatus, UserType } from './user.ts';

/** A user of the installation, as its operators see them. Times are ISO 8601. */
export interface DirectoryUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly phone: string | null;
  readonly type: UserType;
  /** Role on the platform itself; null for everybody but operators. */
  readonly platformRole: string | null;
  readonly status: UserStatus;
  readonly locale: string;
  /** An administrator asks for a second factor. */
  readonly twoFactorRequired: boolean;
  readonly hasSecondFactor: boolean;
  readonly emailVerifiedAt: string | null;
  readonly lastLoginAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type DirectoryUserState = Pick<DirectoryUser, 'name' | 'phone' | 'locale' | 'status'>;

export interface UserDirectoryFilter extends PageRequest {
  readonly search?: string | undefined;
  readonly platformRole?: string | undefined;
  /** Role of a membership in any tenant. */
  readonly tenantRole?: string | undefined;
  readonly status?: UserStatus | undefined;
  readonly type?: UserType | undefined;
}
