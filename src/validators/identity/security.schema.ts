import { z } from 'zod';
import { lockoutKinds } from '../../types/identity/lockout.ts';
import { loginOutcomes } from '../../types/identity/login-attempt.ts';
import { securityEventTypes } from '../../types/identity/security-event.ts';
import { id, timestamp, timestampInput } from '../common/fields.schema.ts';
import { pageQuery, sliceQuery } from '../common/page.schema.ts';

const ipAddress = () => z.string().nullable().meta({ example: '203.0.113.7' });
const userAgent = () => z.string().nullable().meta({ example: 'Mozilla/5.0' });
const count = (example: number) => z.int().meta({ example });

const period = {
  from: timestampInput().optional(),
  to: timestampInput().optional().meta({ description: 'The end of the period, not included.' }),
};

export const ListSecurityEventsQuery = sliceQuery({
  type: z.enum(securityEventTypes).optional().meta({ example: 'password.changed' }),
  userId: id().optional(),
  ...period,
});

export const SecurityEventResponse = z
  .object({
    id: id(),
    tenantId: id().nullable().meta({ description: 'null: the event is about the platform itself.' }),
    type: z.enum(securityEventTypes).meta({ example: 'password.changed' }),
    userId: id().nullable().meta({ description: 'Whom it happened to.' }),
    actorId: id().nullable().meta({ description: 'Who did it; null for what the product does by itself.' }),
    ipAddress: ipAddress(),
    userAgent: userAgent(),
    details: z.record(z.string(), z.unknown()).meta({ example: { method: 'password' } }),
    occurredAt: timestamp(),
  })
  .meta({ id: 'SecurityEvent' });

export const ListLoginAttemptsQuery = sliceQuery({
  outcome: z.enum(loginOutcomes).optional().meta({ example: 'failed' }),
  userId: id().optional(),
  ...period,
});

export const LoginAttemptResponse = z
  .object({
    id: id(),
    tenantId: id()
      .nullable()
      .meta({ description: 'Where somebody worked or asked to work; null where that is nowhere or unknown.' }),
    userId: id().nullable(),
    email: z
      .string()
      .meta({ description: 'Of an unknown account its beginning and its domain.', example: 'asha@lakeside.example' }),
    method: z.string().meta({ example: 'password' }),
    outcome: z.enum(loginOutcomes).meta({ example: 'failed' }),
    knownDevice: z.boolean().meta({ description: 'From a browser that had signed in to this account before.' }),
    ipAddress: ipAddress(),
    userAgent: userAgent(),
    occurredAt: timestamp(),
  })
  .meta({ id: 'LoginAttempt' });

export const ListLockoutsQuery = pageQuery(['blockedUntil'], {});

export const LockoutResponse = z
  .object({
    id: id(),
    kind: z.enum(lockoutKinds).meta({ example: 'sign_in_account' }),
    user: z
      .object({
        id: id(),
        name: z.string().meta({ example: 'Asha Rao' }),
        email: z.string().meta({ example: 'asha@lakeside.example' }),
      })
      .nullable()
      .meta({ description: 'Whose account it protects; null for an address, and for an account that does not exist.' }),
    membershipId: id().nullable().meta({ description: 'Their membership in the tenant; null on the platform.' }),
    count: count(7).meta({ description: 'Attempts so far.' }),
    blockedUntil: timestamp(),
    updatedAt: timestamp(),
  })
  .meta({ id: 'Lockout' });

/** The period that counts, in days. */
export const SecurityOverviewQuery = z.strictObject({
  period: z.enum(['7', '30', '90']).default('30').meta({ description: 'Days, today (UTC) among them.', example: '30' }),
});

const signInCounts = {
  succeeded: count(412),
  failed: count(37),
  throttled: count(5),
  twoFactorFailed: count(2),
};

export const SecurityOverviewResponse = z
  .object({
    period: z.int().meta({ description: 'Days.', example: 30 }),
    signIns: z.object(signInCounts),
    trend: z
      .array(z.object({ date: z.iso.date().meta({ example: '2026-11-20' }), ...signInCounts }))
      .meta({ description: 'One entry for each UTC day of the period, the oldest first.' }),
    lockouts: count(1).meta({ description: 'That make somebody wait now.' }),
    sessions: count(86).meta({ description: 'That can still be used.' }),
    twoFactor: z
      .object({
        members: count(40),
        enrolled: count(31),
        share: z.number().min(0).max(1).meta({ example: 0.775 }),
      })
      .meta({ description: 'Active members; on the platform everybody who may sign in.' }),
    events: z
      .array(z.object({ type: z.enum(securityEventTypes).meta({ example: 'password.changed' }), count: count(3) }))
      .meta({ description: 'Of the period, the most frequent type first.' }),
  })
  .meta({ id: 'SecurityOverview' });
