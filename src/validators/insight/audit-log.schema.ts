import { z } from 'zod';
import { id, line, timestamp, timestampInput } from '../common/fields.schema.ts';
import { sliceQuery } from '../common/page.schema.ts';

const fields = z
  .record(z.string(), z.unknown())
  .optional()
  .meta({ example: { status: 'active' } });

export const ListAuditEntriesQuery = sliceQuery({
  action: line(100).optional().meta({ example: 'tenant.suspended' }),
  actorId: id().optional(),
  resourceType: line(100).optional().meta({ example: 'tenant' }),
  resourceId: line(100).optional().meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' }),
  from: timestampInput().optional(),
  to: timestampInput().optional().meta({ description: 'The end of the period, not included.' }),
});

export const AuditEntryResponse = z
  .object({
    id: id(),
    tenantId: id().nullable().meta({ description: 'null: the entry is about the platform itself.' }),
    occurredAt: timestamp(),
    action: z.string().meta({ example: 'tenant.suspended' }),
    resourceType: z.string().meta({ example: 'tenant' }),
    resourceId: z.string().nullable().meta({ example: '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11' }),
    actor: z.object({
      type: z.enum(['user', 'api_key', 'organization_admin', 'system', 'anonymous']),
      id: id().nullable(),
      name: z.string().meta({ example: 'Asha Rao' }),
      impersonatorId: id().nullable().meta({ description: 'The administrator behind the actor, while impersonating.' }),
    }),
    sessionId: id().nullable(),
    requestId: z.string().meta({ example: '7b0c1f4e-6a55-4c0e-9d3a-2f61a0d4c9b7' }),
    ipAddress: z.string().nullable().meta({ example: '203.0.113.7' }),
    userAgent: z.string().nullable().meta({ example: 'Mozilla/5.0' }),
    changes: z.object({ before: fields, after: fields }).meta({ description: 'Only the fields that differ.' }),
    sequence: z.number().int().nullable().meta({
      description: "The entry's place in the tenant's chain; null until it is sealed, a second at the most.",
      example: 1043,
    }),
  })
  .meta({ id: 'AuditEntry' });
