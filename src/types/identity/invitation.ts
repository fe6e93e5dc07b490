import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';

export type InvitationStatus = 'pending' | 'expired' | 'accepted' | 'revoked';

/** An offer to become a member, bound to an e-mail address. Times are ISO 8601. */
export interface Invitation {
  readonly id: string;
  readonly email: string;
  readonly role: string;
  readonly status: InvitationStatus;
  readonly invitedBy: { readonly id: string; readonly name: string };
  readonly expiresAt: string;
  readonly acceptedAt: string | null;
  readonly createdAt: string;
}

export interface InvitationFilter extends PageRequest<'createdAt' | '-createdAt'> {
  readonly status?: InvitationStatus | undefined;
}

/** The tenant somebody is invited to. */
export interface InvitingTenant {
  readonly id: TenantId;
  readonly name: string;
  readonly slug: string;
}
