import type { z } from 'zod';
import type { ImpersonationService } from '../../services/identity/impersonation.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import { asTenantId } from '../../types/ids.ts';
import type {
  ImpersonationResponse,
  StartImpersonationRequest,
} from '../../validators/identity/impersonation.schema.ts';

export type ImpersonationController = ReturnType<typeof createImpersonationController>;

export function createImpersonationController({ impersonations }: { readonly impersonations: ImpersonationService }) {
  return {
    async start(
      ctx: Context<PlatformScope>,
      tenantId: string,
      body: z.output<typeof StartImpersonationRequest>,
    ): Promise<z.input<typeof ImpersonationResponse>> {
      return { tokenType: 'Bearer', ...(await impersonations.start(ctx, asTenantId(tenantId), body)) };
    },
  };
}
