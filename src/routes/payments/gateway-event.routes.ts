import type { GatewayEventController } from '../../controllers/payments/gateway-event.controller.ts';
import { platform, signature } from '../../http/access.ts';
import { endpointsFor } from '../../http/endpoint.ts';
import { IdParams } from '../../validators/common/fields.schema.ts';
import {
  GatewayEventReceiptResponse,
  GatewayEventResponse,
  GatewayParams,
  ListGatewayEventsQuery,
} from '../../validators/payments/gateway-event.schema.ts';

export interface GatewayEventRouteDeps {
  readonly gatewayEvents: GatewayEventController;
}

const endpoint = endpointsFor<GatewayEventRouteDeps>();
const tags = ['Payments'] as const;

export const receiveGatewayEvent = endpoint({
  method: 'post',
  path: '/api/payments/webhooks/:gateway',
  operationId: 'receiveGatewayEvent',
  summary: 'Take an event of a payment gateway',
  description:
    'For gateways only. The event is kept as it came, once by its id, and answered at once; what it says is applied within seconds, in whichever order events arrive.',
  tags,
  access: signature('payment-gateway'),
  params: GatewayParams,
  rawBody: { limitKb: 256 },
  success: { status: 200, schema: GatewayEventReceiptResponse },
  audit: 'gateway_event.received',
  handler: ({ gatewayEvents }, { params, raw, ctx }) => gatewayEvents.receive(ctx, params.gateway, raw),
});

export const listGatewayEvents = endpoint({
  method: 'get',
  path: '/api/payments/gateway-events',
  operationId: 'listGatewayEvents',
  summary: 'List what payment gateways told',
  tags,
  access: platform('payments:read'),
  query: ListGatewayEventsQuery,
  success: { status: 200, page: GatewayEventResponse },
  handler: ({ gatewayEvents }, { query, ctx }) => gatewayEvents.list(ctx, query),
});

export const replayGatewayEvent = endpoint({
  method: 'post',
  path: '/api/payments/gateway-events/:id/replay',
  operationId: 'replayGatewayEvent',
  summary: 'Apply an event of a payment gateway again',
  description: 'For one that could not be applied. What it changed already it does not change twice.',
  tags,
  access: platform('payments:configure'),
  params: IdParams,
  success: { status: 202, schema: GatewayEventResponse },
  errors: ['GATEWAY_EVENT_NOT_FOUND', 'GATEWAY_EVENT_DROPPED'],
  audit: 'gateway_event.replayed',
  handler: ({ gatewayEvents }, { params, ctx }) => gatewayEvents.replay(ctx, params.id),
});

export const gatewayEventEndpoints = [receiveGatewayEvent, listGatewayEvents, replayGatewayEvent] as const;
