import type { z } from 'zod';
import { billingEvents } from '../../validators/billing/billing.events.ts';
import { creditsEvents } from '../../validators/credits/credits.events.ts';
import { identityEvents } from '../../validators/identity/identity.events.ts';
import { messagingEvents } from '../../validators/messaging/messaging.events.ts';
import { paymentsEvents } from '../../validators/payments/payments.events.ts';
import { tenancyEvents } from '../../validators/tenancy/tenancy.events.ts';

/** Every domain event of the product, with the schema of its payload. */
export const eventCatalogue = {
  ...identityEvents,
  ...tenancyEvents,
  ...billingEvents,
  ...messagingEvents,
  ...paymentsEvents,
  ...creditsEvents,
} as const;

export type EventType = keyof typeof eventCatalogue;
export type EventPayload<Type extends EventType> = z.output<(typeof eventCatalogue)[Type]>;
