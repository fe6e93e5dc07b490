import { z } from 'zod';
import type { OpeningPeriod } from '../../types/tenancy/library.ts';
import { email, id, line, phone, text, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';
import { addressLines, timeZone } from './tenant.schema.ts';

const MOST_SEATS = 100_000;
const MOST_PERIODS = 42;
const EXAMPLE_HOURS = [
  { day: 1, opens: '08:00', closes: '13:00' },
  { day: 1, opens: '14:00', closes: '22:00' },
  { day: 6, opens: '10:00', closes: '24:00' },
];

const code = () =>
  z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,18}[A-Za-z0-9])?$/, 'Must be 1 to 20 letters, digits and inner . _ -')
    .meta({ example: 'LAKE-1' });

const OpeningPeriodInput = z
  .strictObject({
    day: z.number().int().min(1).max(7).meta({ description: '1 is Monday and 7 is Sunday.', example: 1 }),
    opens: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Must be a time of the day such as "08:00"')
      .meta({ example: '08:00' }),
    closes: z
      .string()
      .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'Must be a time of the day such as "22:00", or "24:00"')
      .meta({ example: '22:00' }),
  })
  .refine(({ opens, closes }) => opens < closes, { path: ['closes'], message: 'Must be later than it opens' })
  .meta({ id: 'OpeningPeriodInput' });

const inOrder = (periods: OpeningPeriod[]): OpeningPeriod[] =>
  periods.toSorted((a, b) => a.day - b.day || (a.opens < b.opens ? -1 : 1));

const doNotOverlap = (periods: readonly OpeningPeriod[]): boolean =>
  periods.every((period, index) => {
    const next = periods[index + 1];
    return next === undefined || next.day !== period.day || next.opens >= period.closes;
  });

const openingHours = () =>
  z
    .array(OpeningPeriodInput)
    .max(MOST_PERIODS)
    .overwrite(inOrder)
    .refine(doNotOverlap, 'Must not overlap within a day')
    .meta({ description: "In the library's time zone; periods of a day must not overlap.", example: EXAMPLE_HOURS });

export const LibraryStatus = z.enum(['active', 'closed']).meta({ id: 'LibraryStatus', example: 'active' });

const profile = {
  name: line(120).meta({ example: 'Lakeside Reading Room' }),
  code: code(),
  description: text(1000).nullable().meta({ example: 'On the second floor, above the café.' }),
  addressLines: addressLines(),
  phone: phone().nullable(),
  email: email().nullable(),
  seats: z.number().int().min(1).max(MOST_SEATS).meta({ example: 60 }),
  openingHours: openingHours(),
  timeZone: timeZone(),
  status: LibraryStatus,
};

export const CreateLibraryRequest = z
  .strictObject({
    ...profile,
    description: profile.description.default(null),
    addressLines: profile.addressLines.default([]),
    phone: profile.phone.default(null),
    email: profile.email.default(null),
    openingHours: profile.openingHours.default([]),
    timeZone: profile.timeZone.optional().meta({ description: "The tenant's own where it is left out." }),
    status: profile.status.default('active'),
  })
  .meta({ id: 'CreateLibraryRequest' });

/** Absent leaves, null clears. */
export const UpdateLibraryRequest = z
  .strictObject({ ...profile, version: z.number().int().min(1).meta({ example: 1 }) })
  .partial()
  .meta({ id: 'UpdateLibraryRequest' });

export const ListLibrariesQuery = pageQuery(['createdAt', 'name'], {
  search: search().meta({ description: 'In name and code' }),
  status: LibraryStatus.optional(),
});

export const LibraryResponse = z
  .object({
    id: id(),
    name: z.string().meta({ example: 'Lakeside Reading Room' }),
    code: z.string().meta({ example: 'LAKE-1' }),
    description: z.string().nullable().meta({ example: 'On the second floor, above the café.' }),
    addressLines: z.array(z.string()).meta({ example: ['14 Lake Road', 'Bengaluru 560038'] }),
    phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
    email: z.string().nullable().meta({ example: 'desk@lakeside.example' }),
    seats: z.number().int().meta({ example: 60 }),
    openingHours: z
      .array(z.object({ day: z.number().int(), opens: z.string(), closes: z.string() }))
      .meta({ description: "In the library's time zone, by day and hour.", example: EXAMPLE_HOURS }),
    timeZone: z.string().meta({ example: 'Asia/Kolkata' }),
    status: LibraryStatus,
    version: z.number().int().meta({ example: 1 }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'Library' });
