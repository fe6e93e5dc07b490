import type { PageRequest } from '../page.ts';
import type { UserStatus } from './user.ts';

export type OperatorRole = 'super_admin' | 'admin';

/** Somebody who works on the platform itself. Times are ISO 8601. */
export interface Operator {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly phone: string | null;
  readonly platformRole: OperatorRole;
  /** What they may do; null for what the role gives. */
  readonly platformPermissions: readonly string[] | null;
  readonly status: UserStatus;
  /** An administrator asks for a second factor. */
  readonly twoFactorRequired: boolean;
  readonly hasSecondFactor: boolean;
  /** Whether they have ever chosen a password. */
  readonly hasPassword: boolean;
  readonly lastLoginAt: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export type NewOperator = Pick<Operator, 'id' | 'email' | 'name' | 'phone' | 'platformRole'>;

/** What others change about an operator. */
export type OperatorState = Pick<
  Operator,
  'name' | 'phone' | 'platformRole' | 'platformPermissions' | 'status' | 'twoFactorRequired'
>;

export interface OperatorFilter extends PageRequest {
  readonly search?: string | undefined;
  readonly role?: OperatorRole | undefined;
  readonly status?: UserStatus | undefined;
}
