import type { z } from 'zod';
import type { InvitationService } from '../../services/identity/invitation.service.ts';
import type { InvitationAcceptanceService } from '../../services/identity/invitation-acceptance.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type {
  AcceptInvitationRequest,
  AcceptInvitationResponse,
  InvitationResponse,
  InviteMemberRequest,
  ListInvitationsQuery,
} from '../../validators/identity/invitation.schema.ts';

type InvitationAnswer = z.input<typeof InvitationResponse>;

export interface InvitationControllerDeps {
  readonly invitations: InvitationService;
  readonly acceptance: InvitationAcceptanceService;
}

export type InvitationController = ReturnType<typeof createInvitationController>;

export function createInvitationController({ invitations, acceptance }: InvitationControllerDeps) {
  return {
    list: (
      ctx: Context,
      tenantId: string,
      query: z.output<typeof ListInvitationsQuery>,
    ): Promise<Page<InvitationAnswer>> => invitations.list(ctx, tenantId, query),

    invite: (ctx: Context, tenantId: string, body: z.output<typeof InviteMemberRequest>): Promise<InvitationAnswer> =>
      invitations.invite(ctx, tenantId, body),

    async revoke(ctx: Context, tenantId: string, invitationId: string): Promise<undefined> {
      await invitations.revoke(ctx, tenantId, invitationId);
    },

    accept: (
      ctx: Context<PlatformScope>,
      body: z.output<typeof AcceptInvitationRequest>,
    ): Promise<z.input<typeof AcceptInvitationResponse>> => acceptance.accept(ctx, body),
  };
}
