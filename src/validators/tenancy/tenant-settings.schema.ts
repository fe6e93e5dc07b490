import { z } from 'zod';
import { dateFormats, weekDays } from '../../types/tenancy/tenant-settings.ts';
import { email, line, phone, text, timestamp } from '../common/fields.schema.ts';
import { locale } from './tenant.schema.ts';

const dateFormat = () => z.enum(dateFormats).meta({ example: 'DD/MM/YYYY' });
const weekStart = () => z.enum(weekDays).meta({ example: 'monday' });
const flag = (description: string) => z.boolean().meta({ description, example: true });
const paymentTermsDays = () => z.number().int().min(0).max(365).meta({ example: 14 });
const footer = () => text(500).meta({ example: 'Thank you for learning with us.' });
const dataRetentionDays = () =>
  z
    .number()
    .int()
    .min(30)
    .max(3650)
    .meta({ description: 'Days that data of people who have left is kept.', example: 730 });
const supportName = () => line(120).meta({ example: 'Front desk' });

const notificationFlags = {
  invoiceEmails: () => flag('Mail invoices as soon as they are issued.'),
  productNews: () => flag('Mail what is new in the product.'),
  securityAlerts: () => flag('Mail what concerns the safety of accounts.'),
};

/** null gives the default back. */
const resettable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional();

export const UpdateTenantSettingsRequest = z
  .strictObject({
    version: z
      .number()
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Of what the change is made to: 0 before the first one.', example: 1 }),
    locale: resettable(locale()),
    dateFormat: resettable(dateFormat()),
    weekStart: resettable(weekStart()),
    notifications: resettable(
      z.strictObject({
        invoiceEmails: resettable(notificationFlags.invoiceEmails()),
        productNews: resettable(notificationFlags.productNews()),
        securityAlerts: resettable(notificationFlags.securityAlerts()),
      }),
    ),
    invoicing: resettable(
      z.strictObject({ paymentTermsDays: resettable(paymentTermsDays()), footer: resettable(footer()) }),
    ),
    privacy: resettable(z.strictObject({ dataRetentionDays: resettable(dataRetentionDays()) })),
    support: resettable(
      z.strictObject({ name: resettable(supportName()), email: resettable(email()), phone: resettable(phone()) }),
    ),
  })
  .meta({ id: 'UpdateTenantSettingsRequest' });

/** A stored value that today's rules no longer allow counts as not set. */
const stored = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** What stands in the table: only what differs from the defaults because somebody set it. */
export const StoredSettingsValues = z.object({
  locale: stored(locale()),
  dateFormat: stored(dateFormat()),
  weekStart: stored(weekStart()),
  notifications: stored(
    z.object({
      invoiceEmails: stored(z.boolean()),
      productNews: stored(z.boolean()),
      securityAlerts: stored(z.boolean()),
    }),
  ),
  invoicing: stored(z.object({ paymentTermsDays: stored(paymentTermsDays()), footer: stored(footer()) })),
  privacy: stored(z.object({ dataRetentionDays: stored(dataRetentionDays()) })),
  support: stored(z.object({ name: stored(supportName()), email: stored(email()), phone: stored(phone()) })),
});

export const TenantSettingsResponse = z
  .object({
    locale: z.string().meta({ example: 'en-IN' }),
    dateFormat: dateFormat(),
    weekStart: weekStart(),
    notifications: z.object({
      invoiceEmails: notificationFlags.invoiceEmails(),
      productNews: notificationFlags.productNews(),
      securityAlerts: notificationFlags.securityAlerts(),
    }),
    invoicing: z.object({
      paymentTermsDays: z.number().int().meta({ example: 14 }),
      footer: z.string().nullable().meta({ example: 'Thank you for learning with us.' }),
    }),
    privacy: z.object({ dataRetentionDays: z.number().int().meta({ example: 730 }) }),
    support: z.object({
      name: z.string().meta({ example: 'Front desk' }),
      email: z.string().meta({ example: 'desk@lakeside.example' }),
      phone: z.string().nullable().meta({ example: '+91 80 4718 2200' }),
    }),
    version: z.number().int().meta({ description: '0 before anything was set.', example: 1 }),
    updatedAt: timestamp().nullable(),
  })
  .meta({ id: 'TenantSettings' });
