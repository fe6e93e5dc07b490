import { z } from 'zod';
import {
  country,
  currency,
  currencyInput,
  email,
  id,
  line,
  metadata,
  phone,
  region,
  text,
  timestamp,
} from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

/** The first label of the tenant's address (RFC 1035, 2.3.1), which people also type to sign in. */
const slug = () =>
  z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, 'Must be 1 to 63 lower-case letters, digits and inner hyphens')
    .meta({ example: 'lakeside' });

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** A name of the IANA time zone database. */
export const timeZone = () =>
  z
    .string()
    .max(64)
    .regex(/^[A-Za-z]/)
    .refine(isTimeZone, 'Must be a time zone of the IANA database, such as "Asia/Kolkata"')
    .meta({ example: 'Asia/Kolkata' });

/** A BCP 47 language tag. */
export const locale = () =>
  z
    .string()
    .max(35)
    .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'Must be a BCP 47 language tag such as "en-IN"')
    .refine(isLocale, 'Must be a BCP 47 language tag such as "en-IN"')
    .meta({ example: 'en-IN' });

export const addressLines = () =>
  z
    .array(line(120))
    .max(6)
    .meta({ example: ['14 Lake Road', 'Bengaluru 560038'] });

const password = () => z.string().min(12).max(128).meta({ example: 'correct horse battery staple' });

const profile = {
  name: line(120).meta({ example: 'Lakeside Study Library' }),
  email: email(),
  phone: phone().nullable(),
  addressLines: addressLines(),
  country: country(),
  region: region().nullable(),
  currency: currencyInput(),
  timeZone: timeZone(),
  locale: locale(),
  taxId: line(40).nullable().meta({ example: '29ABCDE1234F1Z5' }),
  metadata: metadata(),
};

export const TenantStatus = z.enum(['trial', 'active', 'suspended', 'inactive']);

export const CreateTenantRequest = z
  .strictObject({
    ...profile,
    slug: slug(),
    phone: profile.phone.default(null),
    addressLines: profile.addressLines.default([]),
    region: profile.region.default(null),
    locale: profile.locale.default('en'),
    taxId: profile.taxId.default(null),
    metadata: profile.metadata.default({}),
    owner: z.strictObject({ name: line(120).meta({ example: 'Asha Rao' }), email: email(), password: password() }),
    planId: id().optional().meta({
      description:
        "The plan of the trial; without it the cheapest one with a trial, in the tenant's currency if there is one.",
    }),
  })
  .meta({ id: 'CreateTenantRequest' });

/** The slug is for good. Absent leaves, null clears. */
export const UpdateTenantRequest = z
  .strictObject({ ...profile, version: z.number().int().min(1).meta({ example: 1 }) })
  .partial()
  .meta({ id: 'UpdateTenantRequest' });

export const SuspendTenantRequest = z
  .strictObject({ reason: text(500).meta({ example: 'Invoices have been overdue for 60 days.' }) })
  .meta({ id: 'SuspendTenantRequest' });

export const ListTenantsQuery = pageQuery(['createdAt', 'name'], {
  search: search(),
  status: TenantStatus.optional(),
  planId: id()
    .optional()
    .meta({ description: 'Only tenants with a subscription to this plan that has not been canceled.' }),
});

export const TenantResponse = z
  .object({
    id: id(),
    name: z.string().meta({ example: 'Lakeside Study Library' }),
    slug: slug(),
    email: z.string().meta({ example: 'asha@lakeside.example' }),
    phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
    addressLines: z.array(z.string()).meta({ example: ['14 Lake Road', 'Bengaluru 560038'] }),
    country: country(),
    region: region().nullable(),
    currency: currency(),
    timeZone: z.string().meta({ example: 'Asia/Kolkata' }),
    locale: z.string().meta({ example: 'en-IN' }),
    taxId: z.string().nullable().meta({ example: '29ABCDE1234F1Z5' }),
    status: TenantStatus,
    suspendedAt: timestamp().nullable(),
    suspendReason: z.string().nullable().meta({ example: null }),
    metadata: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .meta({ example: { crmId: 'A-1043' } }),
    version: z.number().int().meta({ example: 1 }),
    createdAt: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'Tenant' });

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
