import { appError } from '../errors/app-error.ts';
import { hasCardNumber } from '../utils/card-numbers.ts';
import type { RawInput } from './validation.middleware.ts';

/** The body parser lets nothing deeper through than JSON.parse does; whatever is deeper than this has no field of ours. */
const DEEPEST = 20;

function holdsCardNumber(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return hasCardNumber(value);
  if (typeof value === 'number') return Number.isSafeInteger(value) && hasCardNumber(String(value));
  if (typeof value !== 'object' || value === null || depth > DEEPEST) return false;
  return Object.entries(value).some(([name, field]) => hasCardNumber(name) || holdsCardNumber(field, depth + 1));
}

/** @throws AppError CARD_NUMBER_REFUSED, which does not say what it saw */
export function refuseCardNumbers({ params, query, body }: RawInput): void {
  if (holdsCardNumber({ params, query, body }, 0)) throw appError('CARD_NUMBER_REFUSED');
}
