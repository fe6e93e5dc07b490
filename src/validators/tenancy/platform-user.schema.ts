import { z } from 'zod';
import { email, id, line, phone, text, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search, sliceQuery } from '../common/page.schema.ts';

const MOST_STUDENTS = 50;

export const PlatformUserKind = z
  .enum(['owner', 'student', 'parent', 'staff'])
  .meta({ id: 'PlatformUserKind', example: 'student' });

export const PlatformUserStatus = z.enum(['active', 'inactive']).meta({ id: 'PlatformUserStatus', example: 'active' });

const profile = {
  name: line(120).meta({ example: 'Meera Nair' }),
  email: email(),
  phone: phone().nullable(),
  libraryId: id().nullable(),
  reference: line(60).nullable().meta({ example: 'LAKE-2026-0042' }),
  notes: text(2000).nullable().meta({ example: 'Prefers a seat at the window.' }),
};

const studentIds = () =>
  z
    .array(id())
    .max(MOST_STUDENTS)
    .refine((ids) => new Set(ids).size === ids.length, 'Must not repeat a student')
    .meta({ description: 'Whom a parent looks after: all of them. Nobody but a parent has any.' });

export const CreatePlatformUserRequest = z
  .strictObject({
    ...profile,
    kind: PlatformUserKind,
    phone: profile.phone.default(null),
    libraryId: profile.libraryId.default(null),
    reference: profile.reference.default(null),
    notes: profile.notes.default(null),
    studentIds: studentIds().optional(),
  })
  .meta({ id: 'CreatePlatformUserRequest' });

/** The kind is for good. Absent leaves, null clears. */
export const UpdatePlatformUserRequest = z
  .strictObject({ ...profile, studentIds: studentIds(), version: z.number().int().min(1).meta({ example: 1 }) })
  .partial()
  .meta({ id: 'UpdatePlatformUserRequest' });

const filters = {
  search: search().meta({ description: 'In name and e-mail address' }),
  status: PlatformUserStatus.optional(),
  libraryId: id().optional(),
};

export const ListPlatformUsersQuery = pageQuery(['createdAt', 'name'], {
  ...filters,
  kind: PlatformUserKind.optional(),
});

/** Of a list whose kind is in its path. */
export const ListPlatformUsersOfKindQuery = pageQuery(['createdAt', 'name'], filters);

export const ListPlatformUserActivityQuery = sliceQuery({});

const summary = {
  id: id(),
  kind: PlatformUserKind,
  name: z.string().meta({ example: 'Meera Nair' }),
  email: z.string().meta({ example: 'meera@students.example' }),
  phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
  status: PlatformUserStatus,
  libraryId: id().nullable(),
  reference: z.string().nullable().meta({ example: 'LAKE-2026-0042' }),
  version: z.number().int().meta({ example: 1 }),
  createdAt: timestamp(),
  updatedAt: timestamp(),
};

export const PlatformUserSummaryResponse = z.object(summary).meta({ id: 'PlatformUserSummary' });

const { kind, name, email: address, phone: number, status } = summary;

const RelativeResponse = z
  .object({ id: summary.id, kind, name, email: address, phone: number, status })
  .meta({ id: 'PlatformUserRelative' });

export const PlatformUserResponse = z
  .object({
    ...summary,
    notes: z.string().nullable().meta({ example: 'Prefers a seat at the window.' }),
    students: z.array(RelativeResponse).meta({ description: 'Whom a parent looks after; nobody else has any.' }),
    parents: z
      .array(RelativeResponse)
      .meta({ description: 'Who looks after a student, the first hundred by name; nobody else has any.' }),
  })
  .meta({ id: 'PlatformUser' });

const count = () => z.number().int().meta({ example: 3 });
const countsByStatus = () => z.object({ active: count(), inactive: count() });

export const PlatformUserAnalyticsResponse = z
  .object({
    total: count(),
    byKind: z.object({
      owner: countsByStatus(),
      student: countsByStatus(),
      parent: countsByStatus(),
      staff: countsByStatus(),
    }),
    createdPerMonth: z
      .array(z.object({ month: z.string().meta({ example: '2026-11' }), count: count() }))
      .meta({ description: 'The last twelve months in UTC, the oldest first.' }),
    byLibrary: z
      .array(z.object({ libraryId: id(), name: z.string().meta({ example: 'Lakeside Reading Room' }), count: count() }))
      .meta({ description: 'The libraries with the most people, at most twenty.' }),
    withoutLibrary: count(),
  })
  .meta({ id: 'PlatformUserAnalytics' });

const auditedFields = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ example: { status: 'active' } });

export const PlatformUserActivityResponse = z
  .object({
    id: id(),
    occurredAt: timestamp(),
    action: z.string().meta({ example: 'platform_user.updated' }),
    actor: z.object({
      type: z.enum(['user', 'api_key', 'organization_admin', 'system', 'anonymous']),
      id: id().nullable(),
      name: z.string().meta({ example: 'Asha Rao' }),
      impersonatorId: id().nullable().meta({ description: 'The administrator behind the actor, while impersonating.' }),
    }),
    changes: z
      .object({ before: auditedFields, after: auditedFields })
      .meta({ description: 'Only the fields that differ; `redacted` names those whose values are not kept.' }),
  })
  .meta({ id: 'PlatformUserActivity' });
