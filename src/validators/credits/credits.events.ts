import { z } from 'zod';
import { creditChannels, creditSources } from '../../types/credits/credit.ts';

const credits = z.number().int().min(0);

/** Domain events of credits. Their subject is the wallet. */
export const creditsEvents = {
  'credits.granted': z.object({
    walletId: z.uuid(),
    operationId: z.uuid(),
    channel: z.enum(creditChannels),
    credits,
    source: z.enum(creditSources),
  }),
  /** Once a fall: not again before the balance has been at the threshold or above it. */
  'credits.low': z.object({
    walletId: z.uuid(),
    channel: z.enum(creditChannels),
    available: credits,
    threshold: credits,
  }),
} as const;
