import type { z } from 'zod';
import type { GatewayInbox } from '../../services/payments/gateway-inbox.service.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { GatewayEventRecord } from '../../types/payments/gateway-event.ts';
import type { ListGatewayEventsQuery } from '../../validators/payments/gateway-event.schema.ts';

export interface GatewayEventControllerDeps {
  readonly gatewayInbox: GatewayInbox;
}

export type GatewayEventController = ReturnType<typeof createGatewayEventController>;

export function createGatewayEventController({ gatewayInbox }: GatewayEventControllerDeps) {
  return {
    async receive(
      ctx: Context<PlatformScope>,
      gateway: string,
      request: Parameters<GatewayInbox['receive']>[2],
    ): Promise<{ id: string }> {
      return { id: await gatewayInbox.receive(ctx, gateway, request) };
    },

    list(
      ctx: Context<PlatformScope>,
      query: z.output<typeof ListGatewayEventsQuery>,
    ): Promise<Page<GatewayEventRecord>> {
      return gatewayInbox.list(ctx, query);
    },

    replay(ctx: Context<PlatformScope>, id: string): Promise<GatewayEventRecord> {
      return gatewayInbox.replay(ctx, id);
    },
  };
}
