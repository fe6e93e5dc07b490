import { z } from 'zod';
import { tenantRoles } from '../../types/access-control.ts';
import { email, id, line, timestamp } from '../common/fields.schema.ts';
import { pageQuery } from '../common/page.schema.ts';
import { mailedToken, newPassword } from './account.schema.ts';

const role = () => z.enum(tenantRoles).meta({ example: 'staff' });
const status = () => z.enum(['pending', 'expired', 'accepted', 'revoked']).meta({ example: 'pending' });

export const InvitationParams = z.strictObject({ id: id(), invitationId: id() });

export const InviteMemberRequest = z.strictObject({ email: email(), role: role() }).meta({ id: 'InviteMemberRequest' });

export const ListInvitationsQuery = pageQuery(['createdAt'], { status: status().optional() });

export const InvitationResponse = z
  .object({
    id: id(),
    email: email(),
    role: z.string().meta({ example: 'staff' }),
    status: status(),
    invitedBy: z.object({ id: id(), name: z.string().meta({ example: 'Asha Rao' }) }),
    expiresAt: timestamp(),
    acceptedAt: timestamp().nullable(),
    createdAt: timestamp(),
  })
  .meta({ id: 'Invitation' });

export const AcceptInvitationRequest = z
  .strictObject({
    token: mailedToken(),
    name: line(120)
      .optional()
      .describe('Required where the address has no account yet.')
      .meta({ example: 'Ravi Iyer' }),
    password: newPassword().optional().describe('Required where the address has no account that can be used.'),
  })
  .meta({ id: 'AcceptInvitationRequest' });

export const AcceptInvitationResponse = z
  .object({
    tenant: z
      .object({
        id: id(),
        name: z.string().meta({ example: 'Lakeside Study Library' }),
        slug: z.string().meta({ example: 'lakeside' }),
      })
      .nullable()
      .describe('Whose member the user is now; null for an operator.'),
    user: z.object({ id: id(), email: email() }),
    created: z.boolean().describe('Whether the account was made now.').meta({ example: true }),
  })
  .meta({ id: 'AcceptedInvitation' });
