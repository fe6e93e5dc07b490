import { z } from 'zod';
import { brandFonts } from '../../types/tenancy/tenant-branding.ts';
import { timestamp } from '../common/fields.schema.ts';

const color = (example: string) =>
  z
    .string()
    .regex(/^#[0-9a-fA-F]{6}$/, 'Must be a colour such as "#1d4ed8"')
    .toLowerCase()
    .meta({ example });

const colors = {
  primary: () => color('#1d4ed8'),
  onPrimary: () => color('#ffffff'),
  background: () => color('#ffffff'),
  text: () => color('#111827'),
  accent: () => color('#b45309'),
};

const font = () => z.enum(brandFonts).meta({ example: 'inter' });
const cornerRadius = () => z.number().int().min(0).max(32).meta({ description: 'Pixels.', example: 8 });

/** null gives the default back. */
const resettable = <Schema extends z.ZodType>(schema: Schema) => schema.nullable().optional();

export const UpdateTenantBrandingRequest = z
  .strictObject({
    version: z
      .number()
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Of what the change is made to: 0 before the first one.', example: 1 }),
    colors: resettable(
      z.strictObject({
        primary: resettable(colors.primary()),
        onPrimary: resettable(colors.onPrimary()),
        background: resettable(colors.background()),
        text: resettable(colors.text()),
        accent: resettable(colors.accent()),
      }),
    ),
    font: resettable(font()),
    cornerRadius: resettable(cornerRadius()),
  })
  .meta({ id: 'UpdateTenantBrandingRequest' });

/** A stored token that today's rules no longer allow counts as not set. */
const stored = <Schema extends z.ZodType>(schema: Schema) => schema.optional().catch(undefined);

/** What stands in the table: only the tokens that somebody set. */
export const StoredBrandingTokens = z.object({
  colors: stored(
    z.object({
      primary: stored(colors.primary()),
      onPrimary: stored(colors.onPrimary()),
      background: stored(colors.background()),
      text: stored(colors.text()),
      accent: stored(colors.accent()),
    }),
  ),
  font: stored(font()),
  cornerRadius: stored(cornerRadius()),
});

export const TenantBrandingResponse = z
  .object({
    colors: z.object({
      primary: colors.primary(),
      onPrimary: colors.onPrimary(),
      background: colors.background(),
      text: colors.text(),
      accent: colors.accent(),
    }),
    font: font(),
    cornerRadius: cornerRadius(),
    logoUrl: z.string().nullable().meta({
      description: 'Where the logo is served to whoever may see the tenant.',
      example: 'https://api.rowhouse.example/api/tenants/0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11/branding/logo',
    }),
    version: z.number().int().meta({ description: '0 before anything was set.', example: 1 }),
    updatedAt: timestamp().nullable(),
  })
  .meta({ id: 'TenantBranding' });
