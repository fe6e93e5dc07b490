import { z } from 'zod';

/** Domain events of messaging and what they carry: ids, never objects. */
export const messagingEvents = {
  'email.queued': z.object({ emailId: z.uuid() }),
} as const;
