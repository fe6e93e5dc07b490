import type { TenantId } from '../ids.ts';

/** Typefaces that a front end can be counted on to have. */
export const brandFonts = [
  'system',
  'inter',
  'lora',
  'merriweather',
  'noto-sans',
  'noto-serif',
  'open-sans',
  'roboto',
] as const;

export const brandColors = ['primary', 'onPrimary', 'background', 'text', 'accent'] as const;

/** How a tenant looks: tokens that a front end has rules for, never style sheets. */
export interface BrandingTokens {
  /** `#rrggbb`. */
  readonly colors: Readonly<Record<(typeof brandColors)[number], string>>;
  readonly font: (typeof brandFonts)[number];
  /** Pixels. */
  readonly cornerRadius: number;
}

/** Where a logo lies in the storage. */
export interface LogoObject {
  readonly key: string;
  readonly contentType: string;
}

export interface StoredBranding {
  readonly tenantId: TenantId;
  /** What was set, as it stands in the table; null before anything was. */
  readonly tokens: unknown;
  readonly logo: LogoObject | null;
  /** 0 before anything was set. */
  readonly version: number;
  readonly updatedAt: string | null;
}

export interface Branding {
  readonly tenantId: TenantId;
  readonly tokens: BrandingTokens;
  readonly hasLogo: boolean;
  readonly version: number;
  readonly updatedAt: string | null;
}
