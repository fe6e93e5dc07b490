import type { ApiKeyFacts } from '../../repositories/identity/api-key.repository.ts';
import type { PermissionSet } from '../../types/context.ts';
import type { ApiKeyUse } from '../../types/identity/api-key.ts';
import type { Principal } from '../../types/principal.ts';
import { type AddressSet, createAddressSet } from '../../utils/cidr.ts';
import { grantedScopes } from './api-key-scopes.ts';
import { memberPermissions, operatorPermissions } from './effective-permissions.ts';
import { isPlatformRole } from './roles.ts';

/** A key as the database says it stands. Times in milliseconds of the epoch. */
export interface KnownApiKey {
  readonly row: Pick<ApiKeyUse, 'tenantId' | 'id'>;
  readonly secretHash: Buffer;
  /** The secret before the last rotation. */
  readonly previous: { readonly secretHash: Buffer; readonly expiresAt: number } | null;
  readonly expiresAt: number;
  readonly creatorId: string;
  /** Where it may be used from; null for anywhere. */
  readonly addresses: AddressSet | null;
  /** null for a key that is dead: revoked, or its creator may no longer work in the tenant. */
  readonly principal: Principal | null;
}

export function knownApiKey(facts: ApiKeyFacts): KnownApiKey {
  const { tenantId, id, secretHash, previousSecretHash, previousExpiresAt, allowedCidrs } = facts;
  return {
    row: { tenantId, id },
    secretHash,
    previous:
      previousSecretHash === null || previousExpiresAt === null
        ? null
        : { secretHash: previousSecretHash, expiresAt: Date.parse(previousExpiresAt) },
    expiresAt: Date.parse(facts.expiresAt),
    creatorId: facts.createdBy,
    addresses: allowedCidrs.length === 0 ? null : createAddressSet(allowedCidrs),
    principal: principalOf(facts),
  };
}

function principalOf(facts: ApiKeyFacts): Principal | null {
  const creator = creatorPermissions(facts);
  if (facts.isRevoked || creator === null) return null;
  const { id, name, tenantId, scopes, rateLimitPerMinute } = facts;
  return {
    actor: {
      type: 'api_key',
      id,
      name,
      email: null,
      userType: null,
      role: null,
      sessionId: null,
      impersonatorId: null,
    },
    permissions: grantedScopes(scopes, creator),
    tenantId,
    isOperator: false,
    isRestricted: false,
    ...(rateLimitPerMinute !== null && { requestsPerMinute: rateLimitPerMinute }),
  };
}

/** What whoever made a key may do in its tenant now; null when they may no longer work there at all. */
function creatorPermissions(facts: ApiKeyFacts): PermissionSet | null {
  if (!facts.creatorIsActive) return null;
  if (isPlatformRole(facts.platformRole)) return operatorPermissions(facts);
  return facts.standing === null ? null : memberPermissions(facts.standing);
}
