import type { Actor } from '../context.ts';
import type { PageRequest, TimePosition } from '../page.ts';

export type PlatformUserKind = 'owner' | 'student' | 'parent' | 'staff';
export type PlatformUserStatus = 'active' | 'inactive';

/** Somebody whom a tenant's study libraries deal with; they need no login. */
export interface PlatformUserSummary {
  readonly id: string;
  readonly kind: PlatformUserKind;
  readonly name: string;
  /** In lower case. */
  readonly email: string;
  readonly phone: string | null;
  readonly status: PlatformUserStatus;
  readonly libraryId: string | null;
  /** What the library calls them in its own books. */
  readonly reference: string | null;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A student of a parent, or a parent of a student. */
export type Relative = Pick<PlatformUserSummary, 'id' | 'kind' | 'name' | 'email' | 'phone' | 'status'>;

export interface PlatformUser extends PlatformUserSummary {
  readonly notes: string | null;
  /** Whom a parent looks after; nobody else has any. */
  readonly students: readonly Relative[];
  /** Who looks after a student, the first hundred by name; nobody else has any. */
  readonly parents: readonly Relative[];
}

/** What people write about somebody themselves. */
export type PlatformUserProfile = Pick<PlatformUser, 'name' | 'email' | 'phone' | 'libraryId' | 'reference' | 'notes'>;

export type NewPlatformUser = PlatformUserProfile & Pick<PlatformUser, 'id' | 'kind'>;

export interface PlatformUserFilter extends PageRequest {
  /** Is looked for in name and e-mail address. */
  readonly search?: string | undefined;
  readonly kind?: PlatformUserKind | undefined;
  readonly status?: PlatformUserStatus | undefined;
  readonly libraryId?: string | undefined;
}

/** Something that was done to a person's record, from the audit log. */
export interface PlatformUserActivity extends TimePosition {
  readonly action: string;
  readonly actor: Pick<Actor, 'type' | 'id' | 'name' | 'impersonatorId'>;
  readonly changes: {
    readonly before?: Readonly<Record<string, unknown>>;
    readonly after?: Readonly<Record<string, unknown>>;
  };
}

/** How many people a tenant has of what kind, since when and where. */
export interface PlatformUserStatistics {
  readonly total: number;
  readonly byKind: Readonly<Record<PlatformUserKind, Readonly<Record<PlatformUserStatus, number>>>>;
  /** The last twelve months in UTC, the oldest first: `2026-11` and how many were added. */
  readonly createdPerMonth: ReadonlyArray<{ readonly month: string; readonly count: number }>;
  /** The libraries with the most people, at most twenty. */
  readonly byLibrary: ReadonlyArray<{ readonly libraryId: string; readonly name: string; readonly count: number }>;
  readonly withoutLibrary: number;
}
