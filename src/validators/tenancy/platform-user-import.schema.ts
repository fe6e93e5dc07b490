import { z } from 'zod';
import { email, id, timestamp } from '../common/fields.schema.ts';
import { pageQuery, sliceQuery } from '../common/page.schema.ts';
import { CreatePlatformUserRequest, PlatformUserStatus } from './platform-user.schema.ts';

const MOST_STUDENTS = 50;

const { studentIds: _studentIds, ...personFields } = CreatePlatformUserRequest.shape;

/** Somebody in a file: what POST /api/platform-users takes, with a status, and students by their addresses. */
export const ImportedPersonRow = z
  .strictObject({
    ...personFields,
    status: PlatformUserStatus.default('active'),
    studentEmails: z
      .array(email())
      .max(MOST_STUDENTS)
      .refine((emails) => new Set(emails).size === emails.length, 'Must not repeat a student')
      .default([]),
  })
  .refine(({ kind, studentEmails }) => kind === 'parent' || studentEmails.length === 0, {
    path: ['studentEmails'],
    message: 'Nobody but a parent has students',
  });

export const ImportMode = z.enum(['all_or_nothing', 'skip_invalid']).meta({
  id: 'ImportMode',
  description: 'What becomes of the valid rows of a file that has others: nothing, or all that it is without them.',
  example: 'skip_invalid',
});

export const RequestImportQuery = z.strictObject({
  mode: ImportMode.default('all_or_nothing'),
  importId: id().optional().meta({
    description:
      'A UUID of your own. The same file with the same id and mode is one import, however often it is sent; without it every file is another one.',
  }),
});

export const ListImportsQuery = pageQuery(['createdAt'], {});

export const ListImportErrorsQuery = sliceQuery({});

const count = (description: string, example: number) => z.number().int().meta({ description, example });

export const PlatformUserImportResponse = z
  .object({
    id: id(),
    format: z.enum(['csv', 'json']).meta({ example: 'csv' }),
    mode: ImportMode,
    fileName: z.string().meta({ example: 'students.csv' }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }),
    status: z.enum(['queued', 'running', 'succeeded', 'failed']).meta({ example: 'running' }),
    fileSize: count('Bytes.', 8_421_300),
    bytesRead: count('Of the file, so far.', 4_211_000),
    rowsRead: count('So far.', 50_000),
    rowsImported: count('People added: all of them at once, at the end.', 0),
    rowsInvalid: count('Rows with at least one error, so far.', 3),
    errorCount: count('Errors, so far. The first 10,000 are kept.', 4),
    failureCode: z.string().nullable().meta({
      description: 'Why the import failed, as an error code; null otherwise.',
      example: null,
    }),
    createdBy: id().nullable().meta({ description: 'The user who sent the file; null for API keys.' }),
    createdAt: timestamp(),
    startedAt: timestamp().nullable(),
    finishedAt: timestamp().nullable(),
  })
  .meta({ id: 'PlatformUserImport' });

export const ImportErrorResponse = z
  .object({
    position: count('In the report, from 1.', 1),
    line: count('Where the row begins in the file, from 1. Line breaks in quotes count.', 17),
    column: z.string().nullable().meta({
      description: 'As the file calls it; null where the row as a whole is wrong.',
      example: 'email',
    }),
    code: z
      .enum([
        'CELL_COUNT_WRONG',
        'COLUMN_MISSING',
        'COLUMN_REPEATED',
        'COLUMN_UNKNOWN',
        'EMAIL_REPEATED',
        'EMAIL_TAKEN',
        'FIELD_INVALID',
        'FIELD_REQUIRED',
        'FILE_MALFORMED',
        'LIBRARY_UNKNOWN',
        'ROW_NESTED_TOO_DEEP',
        'ROW_TOO_LARGE',
        'STUDENT_UNKNOWN',
        'TOO_MANY_ROWS',
      ])
      .meta({ example: 'FIELD_INVALID' }),
    message: z.string().meta({ example: 'Invalid email address' }),
  })
  .meta({ id: 'PlatformUserImportError' });
