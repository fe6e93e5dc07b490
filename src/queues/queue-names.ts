/**
 * Every queue, and how many of its jobs one process runs at a time. Work that waits for others (mail servers, gateways) can
 * overlap; work that keeps this process or the database busy hardly does. A queue exists once a job is declared for it.
 */
export const queueSettings = {
  email: { concurrency: 8 },
  sms: { concurrency: 8 },
  whatsapp: { concurrency: 8 },
  invoice: { concurrency: 2 },
  payment: { concurrency: 4 },
  file: { concurrency: 4 },
  import: { concurrency: 2 },
  settlement: { concurrency: 1 },
  dunning: { concurrency: 2 },
  report: { concurrency: 1 },
  cleanup: { concurrency: 1 },
} as const satisfies Record<string, { concurrency: number }>;

export type QueueName = keyof typeof queueSettings;
