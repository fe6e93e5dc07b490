import { z } from 'zod';

const uuid = () => z.uuid().regex(/^[^A-Z]*$/, 'Must be in lower case');
const seconds = () => z.number().int().nonnegative();

/** The claims of an organization admin's token; `admin_id`, `org`, `collection` and `exp` are the seed's. */
export const organizationTokenClaims = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  sub: uuid(),
  admin_id: uuid(),
  org: z.string(),
  collection: z.string(),
  iat: seconds(),
  exp: seconds(),
});

export type OrganizationTokenClaims = z.output<typeof organizationTokenClaims>;
