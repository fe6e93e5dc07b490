import type { PageRequest } from '../page.ts';

export type MemberStatus = 'active' | 'suspended';

/** Somebody who works for a tenant, as their colleagues see them. Times are ISO 8601. */
export interface Member {
  readonly userId: string;
  readonly name: string;
  readonly email: string;
  /** The system role. */
  readonly role: string;
  /** Of the tenant's own. */
  readonly roles: readonly { readonly id: string; readonly name: string }[];
  readonly status: MemberStatus;
  readonly twoFactorEnabled: boolean;
  readonly joinedAt: string;
  /** To whatever tenant it was. */
  readonly lastLoginAt: string | null;
}

export interface MemberFilter extends PageRequest<'joinedAt' | '-joinedAt'> {
  /** Is looked for in name and e-mail address. */
  readonly search?: string | undefined;
  readonly role?: string | undefined;
  readonly status?: MemberStatus | undefined;
}

/** What decides what somebody may do in a tenant. */
export interface MemberStanding {
  readonly membershipId: string;
  readonly userId: string;
  readonly role: string;
  readonly status: MemberStatus;
  /** Of the tenant's own roles, besides those of `role`. */
  readonly permissions: readonly string[];
}
