import { appError } from '../../errors/app-error.ts';
import type { TenantChanges, TenantProfile } from '../../types/tenancy/tenant.ts';

type Place = Pick<TenantProfile, 'country' | 'region'>;

/**
 * Where a tenant is after a change: a country that changes alone leaves the region behind.
 * @throws AppError VALIDATION_FAILED for a region of another country
 */
export function placeAfter(before: Place, changes: Pick<TenantChanges, 'country' | 'region'>): Place {
  const country = changes.country ?? before.country;
  const kept = country === before.country ? before.region : null;
  return placeOf({ country, region: changes.region === undefined ? kept : changes.region });
}

/** @throws AppError VALIDATION_FAILED for a region of another country */
export function placeOf<Given extends Place>(place: Given): Given {
  if (place.region === null || place.region.startsWith(`${place.country}-`)) return place;
  throw appError('VALIDATION_FAILED', {
    details: [{ path: 'body.region', message: `Must be a region of ${place.country}`, code: 'custom' }],
  });
}
