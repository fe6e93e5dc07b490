export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

export const daysBefore = (moment: Date, days: number): Date => new Date(moment.getTime() - days * DAY_MS);
export const daysAfter = (moment: Date, days: number): Date => new Date(moment.getTime() + days * DAY_MS);
export const hoursBefore = (moment: Date, hours: number): Date => new Date(moment.getTime() - hours * HOUR_MS);

/** The first moment of the month, in UTC, `months` before the one of `moment`. */
export const startOfMonth = (moment: Date, months: number): Date =>
  new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() - months, 1));

/** Midnight in UTC. */
export const startOfDay = (moment: Date): Date =>
  new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()));

/** "November 2026" */
export const monthName = (moment: Date): string =>
  moment.toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });
