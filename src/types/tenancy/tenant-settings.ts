import type { TenantId } from '../ids.ts';

export const dateFormats = ['YYYY-MM-DD', 'DD/MM/YYYY', 'MM/DD/YYYY', 'DD.MM.YYYY'] as const;
export const weekDays = ['monday', 'saturday', 'sunday'] as const;

/** What the people of a tenant have set for it, with the defaults for what they have not. */
export interface TenantSettings {
  /** BCP 47. */
  readonly locale: string;
  readonly dateFormat: (typeof dateFormats)[number];
  readonly weekStart: (typeof weekDays)[number];
  readonly notifications: {
    readonly invoiceEmails: boolean;
    readonly productNews: boolean;
    readonly securityAlerts: boolean;
  };
  readonly invoicing: { readonly paymentTermsDays: number; readonly footer: string | null };
  readonly privacy: { readonly dataRetentionDays: number };
  /** Whom visitors ask for help. */
  readonly support: { readonly name: string; readonly email: string; readonly phone: string | null };
}

/** What a tenant's profile gives its settings as defaults. */
export interface SettingsProfile {
  readonly name: string;
  readonly email: string;
  readonly phone: string | null;
  readonly locale: string;
}

export interface StoredSettings {
  readonly tenantId: TenantId;
  readonly profile: SettingsProfile;
  /** What was set, as it stands in the table; null before anything was. */
  readonly values: unknown;
  /** 0 before anything was set. */
  readonly version: number;
  readonly updatedAt: string | null;
}

export interface SettingsState {
  readonly settings: TenantSettings;
  readonly version: number;
  readonly updatedAt: string | null;
}
