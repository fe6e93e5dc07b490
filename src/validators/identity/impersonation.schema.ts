import { z } from 'zod';
import { email, id, line, timestamp } from '../common/fields.schema.ts';

const Mode = z
  .enum(['read_only', 'full'])
  .describe('`full`: what both the operator and the user may do, without what nobody does for somebody else.')
  .meta({ example: 'read_only' });

export const StartImpersonationRequest = z
  .strictObject({
    reason: line(500).min(10).meta({ example: 'The customer can not find an invoice.' }),
    ticket: line(100).nullable().default(null).meta({ example: 'SUP-1043' }),
    userId: id().nullable().default(null).describe("Without it the tenant's oldest active owner."),
    minutes: z.int().min(1).max(30).default(15).describe('Nothing extends it.').meta({ example: 15 }),
    mode: Mode.default('read_only'),
    totpCode: z
      .string()
      .regex(/^\d{6}$/, 'Must be six digits')
      .nullable()
      .default(null)
      .describe("Of the operator's authenticator, where the session has not shown it within five minutes.")
      .meta({ example: '492039' }),
  })
  .meta({ id: 'StartImpersonationRequest' });

export const ImpersonationResponse = z
  .object({
    accessToken: z.string().meta({
      example: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6ImExIn0.eyJzdWIiOiIwMTk5In0.c2ln',
    }),
    tokenType: z.literal('Bearer').meta({ example: 'Bearer' }),
    expiresIn: z.int().describe('Seconds until it is over. There is no refresh token.').meta({ example: 900 }),
    impersonation: z.object({
      id: id(),
      user: z.object({ id: id(), name: z.string().meta({ example: 'Asha Rao' }), email: email() }),
      mode: Mode,
      reason: z.string().meta({ example: 'The customer can not find an invoice.' }),
      ticket: z.string().nullable().meta({ example: 'SUP-1043' }),
      expiresAt: timestamp(),
    }),
  })
  .meta({ id: 'Impersonation' });
