import { z } from 'zod';
import { isCurrencyCode } from '../../utils/currencies.ts';

const NO_CONTROL_CHARACTERS = /^[^\p{Cc}]*$/u;
const NO_NUL = /^[^\0]*$/;

/** Lone surrogates are no characters: PostgreSQL's jsonb refuses them, and text would not keep them. */
const wellFormed = (value: string): boolean => value.isWellFormed();
const NOT_WELL_FORMED = 'Must be well-formed Unicode';

/** One line of text: trimmed, 1 to `max` characters, no control characters (PostgreSQL refuses NUL; the rest is never meant). */
export const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .regex(NO_CONTROL_CHARACTERS, 'Control characters are not allowed')
    .refine(wellFormed, NOT_WELL_FORMED);

/** Text of several lines. */
export const text = (max: number) =>
  z.string().trim().min(1).max(max).regex(NO_NUL, 'NUL characters are not allowed').refine(wellFormed, NOT_WELL_FORMED);

export const id = () => z.uuid().toLowerCase().meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' });

export const email = () => z.email().max(254).toLowerCase().meta({ example: 'asha@lakeside.example' });

export const phone = () =>
  z
    .string()
    .trim()
    .regex(/^\+?[0-9][0-9 ()-]{5,24}$/, 'Must be a phone number')
    .meta({ example: '+91 80 4718 2200' });

/** A moment in a request, ISO 8601 in UTC. PostgreSQL knows every one that JavaScript does, except for those of the year 0. */
export const timestampInput = () => timestamp().refine((value) => !value.startsWith('0000'), 'There is no year 0');

/** A moment in an answer, ISO 8601 in UTC. */
export const timestamp = () => z.iso.datetime().meta({ example: '2026-11-20T09:30:00.000Z' });

/** ISO 4217. */
export const currency = () =>
  z
    .string()
    .regex(/^[A-Z]{3}$/, 'Must be an ISO 4217 code')
    .meta({ example: 'INR' });

/** A currency in a request. */
export const currencyInput = () => currency().refine(isCurrencyCode, 'Must be a currency of ISO 4217');

/** ISO 3166-1 alpha-2. */
export const country = () =>
  z
    .string()
    .regex(/^[A-Z]{2}$/, 'Must be an ISO 3166-1 code of two letters')
    .meta({ example: 'IN' });

/** A state, province or the like, by ISO 3166-2: the country's code comes first. */
export const region = () =>
  z
    .string()
    .regex(/^[A-Z]{2}-[A-Z0-9]{1,3}$/, 'Must be an ISO 3166-2 code such as "IN-KA"')
    .meta({ example: 'IN-KA' });

/** An amount of money in an answer: a decimal string at the currency's exponent. */
export const money = () =>
  z
    .string()
    .regex(/^-?\d+(\.\d+)?$/)
    .meta({ format: 'decimal', example: '1499.00' });

/** An amount of money in a request: a decimal string, never a number, so that nothing passes through a float. */
export const moneyInput = () =>
  z
    .string()
    .regex(/^\d{1,12}(\.\d{1,4})?$/, 'Must be a decimal string such as "1499.00"')
    .meta({ example: '1499.00' });

/** A quantity in a request: a positive decimal string with up to four decimals. */
export const quantityInput = () =>
  z
    .string()
    .regex(/^\d{1,9}(\.\d{1,4})?$/, 'Must be a decimal string such as "2" or "1.5"')
    .refine((value) => Number(value) > 0, 'Must be more than 0')
    .meta({ example: '2' });

/** A percentage in a request: 0 to 100 with up to four decimals. */
export const percentageInput = () =>
  z
    .string()
    .regex(/^\d{1,3}(\.\d{1,4})?$/, 'Must be a decimal string such as "18"')
    .refine((value) => Number(value) <= 100, 'Must be 100 or less')
    .meta({ example: '18' });

export const IdParams = z.strictObject({ id: id() });

/** Free-form data of the caller's own: up to 50 keys of text, number, boolean or null. */
export const metadata = () =>
  z
    .record(
      z.string().min(1).max(64).regex(NO_NUL).refine(wellFormed, NOT_WELL_FORMED),
      z.union([
        z.string().max(500).regex(NO_NUL).refine(wellFormed, NOT_WELL_FORMED),
        z.number(),
        z.boolean(),
        z.null(),
      ]),
    )
    .refine((value) => Object.keys(value).length <= 50, 'At most 50 keys')
    .meta({ example: { crmId: 'A-1043' } });
