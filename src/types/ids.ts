declare const brand: unique symbol;

/** A string that has been checked to name one kind of thing, so that two kinds can't be confused. */
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** The id of a tenant (UUID). */
export type TenantId = Branded<'TenantId'>;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const isTenantId = (value: string): value is TenantId => UUID.test(value);

/**
 * @param value a lower-case UUID
 * @throws TypeError when it is not one: a malformed tenant never reaches the database
 */
export function asTenantId(value: string): TenantId {
  if (!isTenantId(value)) throw new TypeError('A tenant id must be a lower-case UUID');
  return value;
}

/** Stands for the platform itself in tables that every tenant and the platform share (audit, outbox, idempotency). */
export const PLATFORM_ID = asTenantId('00000000-0000-0000-0000-000000000000');
