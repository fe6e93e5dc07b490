import type { z } from 'zod';
import { appError } from '../../errors/app-error.ts';
import type { Branding, BrandingTokens, StoredBranding } from '../../types/tenancy/tenant-branding.ts';
import { contrastRatio } from '../../utils/color-contrast.ts';
import { StoredBrandingTokens } from '../../validators/tenancy/tenant-branding.schema.ts';

/** Of text of any size against what is behind it (WCAG 2.2, success criterion 1.4.3, level AA). */
const LEAST_CONTRAST = 4.5;

const effectiveTokens = (set: z.output<typeof StoredBrandingTokens>): BrandingTokens => ({
  colors: {
    primary: set.colors?.primary ?? '#1d4ed8',
    onPrimary: set.colors?.onPrimary ?? '#ffffff',
    background: set.colors?.background ?? '#ffffff',
    text: set.colors?.text ?? '#111827',
    accent: set.colors?.accent ?? '#b45309',
  },
  font: set.font ?? 'system',
  cornerRadius: set.cornerRadius ?? 8,
});

/** A stored branding with the defaults for what was not set. */
export const brandingOf = ({ tenantId, tokens, logo, version, updatedAt }: StoredBranding): Branding => ({
  tenantId,
  tokens: effectiveTokens(StoredBrandingTokens.parse(tokens ?? {})),
  hasLogo: logo !== null,
  version,
  updatedAt,
});

/** Cut, never rounded up: 4.499 must not read as 4.5. */
const shownRatio = (ratio: number): number => Math.floor(ratio * 100) / 100;

/** @throws AppError CONTRAST_TOO_LOW with each pair of colours that is hard to read, and its ratio */
export function assertReadable({ colors }: BrandingTokens): void {
  const pairs = [
    { foreground: 'text', background: 'background' },
    { foreground: 'onPrimary', background: 'primary' },
  ] as const;
  const tooLow = pairs.flatMap(({ foreground, background }) => {
    const ratio = contrastRatio(colors[foreground], colors[background]);
    return ratio < LEAST_CONTRAST
      ? [{ path: `body.colors.${foreground}`, against: background, ratio: shownRatio(ratio), required: LEAST_CONTRAST }]
      : [];
  });
  if (tooLow.length > 0) throw appError('CONTRAST_TOO_LOW', { details: tooLow });
}
