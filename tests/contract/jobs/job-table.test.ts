import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { jobCatalogue } from '../../../src/jobs/catalogue.ts';
import { schedules } from '../../../src/jobs/schedules.ts';
import { subscriptions } from '../../../src/jobs/subscriptions.ts';
import { queueSettings } from '../../../src/queues/queue-names.ts';
import { eventCatalogue } from '../../../src/services/base/event-catalogue.ts';

const HOUR_MS = 3_600_000;
const jobsFolder = join(import.meta.dirname, '../../../src/jobs');

const schemaOf = (schema: z.ZodType) =>
  z
    .object({
      additionalProperties: z.boolean().optional(),
      required: z.array(z.string()).default([]),
      properties: z.record(
        z.string(),
        z.looseObject({
          type: z.string().optional(),
          format: z.string().optional(),
          enum: z.array(z.string()).optional(),
        }),
      ),
    })
    .parse(z.toJSONSchema(schema, { io: 'input' }));

/** An id for every field, which is all that payloads carry; events also carry numbers, and words of a closed set. */
const sampleOf = (schema: z.ZodType): Record<string, string | number> =>
  Object.fromEntries(
    Object.entries(schemaOf(schema).properties).map(([name, { type, enum: words }]) => [
      name,
      type === 'integer' ? 1 : (words?.[0] ?? randomUUID()),
    ]),
  );

const isUnique = (values: readonly string[]): boolean => new Set(values).size === values.length;

test('job names are unique', () => {
  expect(isUnique(jobCatalogue.map(({ name }) => name))).toBe(true);
});

test('every job that is declared is in the catalogue', async () => {
  const files = readdirSync(jobsFolder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.job.ts'),
  );
  const declared: unknown[] = [];
  // One at a time: Jest's module loader fails when imports of the same module overlap.
  for (const file of files) {
    const exported: object = await import(join(jobsFolder, file));
    declared.push(...Object.values(exported));
  }
  expect(new Set(declared)).toEqual(new Set(jobCatalogue));
  expect(declared).toHaveLength(jobCatalogue.length);
});

describe.each(jobCatalogue.map((job) => [job.name, job] as const))('%s', (name, job) => {
  test('has a name that can be part of an id, and a queue that exists', () => {
    expect(name).toMatch(/^[a-z]+(\.[a-z]+(-[a-z]+)*)$/);
    expect(Object.keys(queueSettings)).toContain(job.queue);
  });

  test('has a strict payload of ids', () => {
    const { additionalProperties, properties, required } = schemaOf(job.payload);
    expect(additionalProperties).toBe(false);
    expect(Object.values(properties).every(({ type, format }) => type === 'string' && format === 'uuid')).toBe(true);
    expect([...required].sort()).toEqual(Object.keys(properties).sort());
  });

  test('names its tenant, or says that it belongs to none', () => {
    expect('tenantId' in schemaOf(job.payload).properties).toBe(job.scope === 'tenant');
  });

  test('accepts its payload and refuses any other', () => {
    const payload = sampleOf(job.payload);
    expect(job.accept(payload).payload).toEqual(payload);
    expect(() => job.accept({ ...payload, other: 1 })).toThrow(z.ZodError);
    expect(() => job.accept(null)).toThrow(z.ZodError);
    for (const field of Object.keys(payload))
      expect(() => job.accept({ ...payload, [field]: 'x' })).toThrow(z.ZodError);
  });

  test('has bounded attempts, pauses and time', () => {
    expect(job.attempts).toBeGreaterThanOrEqual(1);
    expect(job.attempts).toBeLessThanOrEqual(12);
    const pauses = Array.from({ length: job.attempts - 1 }, (_, index) => job.backoff.delayMs * 2 ** index);
    expect(job.backoff.delayMs).toBeGreaterThanOrEqual(1000);
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeLessThanOrEqual(24 * HOUR_MS);
    expect(job.timeoutMs).toBeGreaterThanOrEqual(1000);
    expect(job.timeoutMs).toBeLessThanOrEqual(HOUR_MS);
  });
});

describe.each(subscriptions.map((subscription) => [subscription.event, subscription.job.name, subscription] as const))(
  '%s makes %s',
  (event, _name, { job, toPayload }) => {
    test('whose payload it can fill', () => {
      expect(jobCatalogue).toContain(job);
      const tenantId = randomUUID();
      const payload = sampleOf(eventCatalogue[event]);
      const published = {
        id: randomUUID(),
        type: event,
        subject: randomUUID(),
        requestId: 'r',
        occurredAt: '2026-11-20T09:30:00.000Z',
      };
      const accepted = job.accept(toPayload({ ...published, tenantId, payload }));
      const told: Record<string, unknown> = { ...payload, tenantId, eventId: published.id };
      const wanted = Object.keys(schemaOf(job.payload).properties);
      expect(accepted.payload).toEqual(Object.fromEntries(wanted.map((name) => [name, told[name]])));
    });
  },
);

test('an event makes each job once', () => {
  expect(isUnique(subscriptions.map(({ event, job }) => `${event} ${job.name}`))).toBe(true);
});

test('schedules have names of their own', () => {
  expect(isUnique([...schedules, ...jobCatalogue].map(({ name }) => name))).toBe(true);
});

test.each(schedules.map((schedule) => [schedule.name, schedule] as const))(
  'the schedule %s runs a platform-wide job with a payload that fits',
  (_name, { job, payload, cron, timeZone }) => {
    expect(jobCatalogue).toContain(job);
    expect(job.scope).toBe('platform');
    expect(job.accept(payload).payload).toEqual(payload);
    expect(cron).toMatch(/^(\S+ ){4}\S+$/);
    expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow();
  },
);
