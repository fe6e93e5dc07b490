import { z } from 'zod';

export const BACKUP_FORMAT = 'rowhouse-organization';
export const BACKUP_VERSION = 1;

/** The first line of an organization's backup. */
export const BackupHeader = z.strictObject({
  format: z.literal(BACKUP_FORMAT),
  version: z.literal(BACKUP_VERSION),
  takenAt: z.iso.datetime(),
  organization: z.strictObject({ name: z.string().min(1).max(100) }),
  admins: z
    .array(z.strictObject({ id: z.uuid(), email: z.string().max(254), passwordHash: z.string().max(200) }))
    .min(1)
    .max(1000),
});

/** The last line: how many documents came before it, and what they are. */
export const BackupTrailer = z.strictObject({
  documents: z.number().int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
