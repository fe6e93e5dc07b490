import type { Permission } from '../access-control.ts';
import type { PageRequest } from '../page.ts';

/** A role of a tenant's own. Times are ISO 8601. */
export interface CustomRole {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly permissions: readonly string[];
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A role as the API shows it: one that every installation has, whose id is its name, or one of the tenant's own. */
export interface Role {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly isSystem: boolean;
  /** null for roles of the tenant's own: they give permissions and no rank. */
  readonly rank: number | null;
  readonly permissions: readonly string[];
  readonly version: number | null;
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
}

export interface NewRole {
  readonly name: string;
  readonly description: string | null;
  readonly permissions: readonly Permission[];
}

export type RoleChanges = Partial<NewRole>;

export interface RoleFilter extends PageRequest<'name' | '-name'> {
  /** Is looked for in the name. */
  readonly search?: string | undefined;
}

/** What a member may do, and by which roles. */
export interface MemberRoles {
  readonly userId: string;
  /** The system role first. */
  readonly roles: readonly Role[];
  readonly permissions: readonly Permission[];
}
