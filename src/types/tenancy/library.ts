import type { PageRequest } from '../page.ts';

export type LibraryStatus = 'active' | 'closed';

/** From when to when a library is open on a day of the week, in its own time zone. */
export interface OpeningPeriod {
  /** 1 is Monday and 7 is Sunday (ISO 8601). */
  readonly day: number;
  /** HH:MM */
  readonly opens: string;
  /** HH:MM, or 24:00 for the end of the day. */
  readonly closes: string;
}

/** A study space of a tenant. */
export interface Library {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly description: string | null;
  readonly addressLines: readonly string[];
  readonly phone: string | null;
  readonly email: string | null;
  readonly seats: number;
  readonly openingHours: readonly OpeningPeriod[];
  readonly timeZone: string;
  readonly status: LibraryStatus;
  readonly version: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What people write about a library themselves. */
export type LibraryProfile = Omit<Library, 'id' | 'version' | 'createdAt' | 'updatedAt'>;

export type NewLibrary = LibraryProfile & Pick<Library, 'id'>;

export type LibraryChanges = Partial<LibraryProfile>;

export interface LibraryFilter extends PageRequest {
  /** Is looked for in name and code. */
  readonly search?: string | undefined;
  readonly status?: LibraryStatus | undefined;
}
