import type { Permission } from '../../types/access-control.ts';
import type { DataExport, DataExportFormat, DataExportKind } from '../../types/tenancy/data-export.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long the file of an export can be had. */
const KEPT_DAYS = 7;
/** How long it is known afterwards that there was one. */
const REMEMBERED_DAYS = 90;
/** Much longer than the job may run without a sign of life. */
const ABANDONED_AFTER_HOURS = 6;

/** How many exports of a tenant may be waiting or running at a time. */
export const MOST_UNFINISHED = 5;

/** Why an export failed that nobody works at any more. */
export const ABANDONED = 'EXPORT_ABANDONED';

/** What somebody must be allowed to see each kind of export. */
const PERMISSIONS: Readonly<Record<DataExportKind, Permission>> = {
  platform_users: 'platform-users:read',
  tenant: 'tenants:export',
};

/** The folder of a tenant's storage in which exports are. */
export const EXPORTS_FOLDER = 'exports';

export const contentTypes: Readonly<Record<DataExportFormat, string>> = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
};

const at = (from: Date, ms: number): string => new Date(from.getTime() + ms).toISOString();

export const expiryOf = (finishedAt: Date): string => at(finishedAt, KEPT_DAYS * DAY_MS);

export const forgottenBefore = (now: Date): string => at(now, -REMEMBERED_DAYS * DAY_MS);

/** How exports end of which nothing has been heard for long. */
export const abandonedAt = (now: Date) => ({
  failureCode: ABANDONED,
  now: now.toISOString(),
  expiresAt: expiryOf(now),
  before: at(now, -ABANDONED_AFTER_HOURS * HOUR_MS),
});

export const isUnfinished = ({ status }: Pick<DataExport, 'status'>): boolean =>
  status === 'queued' || status === 'running';

/** Whether its file is there for whoever asks. */
export const isReady = ({ status, expiresAt }: Pick<DataExport, 'status' | 'expiresAt'>, now: Date): boolean =>
  status === 'succeeded' && expiresAt !== null && expiresAt > now.toISOString();

/** The kinds of exports that somebody may see. */
export const visibleKinds = (permissions: { has(permission: string): boolean }): readonly DataExportKind[] =>
  (['platform_users', 'tenant'] as const).filter((kind) => permissions.has(PERMISSIONS[kind]));

/** What the file of an export is called. */
export const fileNameOf = ({ kind, format, createdAt }: Pick<DataExport, 'kind' | 'format' | 'createdAt'>): string =>
  `${kind === 'tenant' ? 'tenant' : 'platform-users'}-${createdAt.slice(0, 10)}.${format}`;
