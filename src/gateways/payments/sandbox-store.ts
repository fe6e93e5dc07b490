import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** An event that is to be posted. */
const SandboxDelivery = z.object({
  id: z.string(),
  body: z.string(),
  attempt: z.number().int(),
  /** Not sent once somebody has decided on this page. */
  unlessDecided: z.string().nullable(),
});
export type SandboxDelivery = z.output<typeof SandboxDelivery>;

/** One that waits under a name that begins with when it is due. */
export interface WaitingDelivery extends SandboxDelivery {
  readonly name: string;
}

export type SandboxKind = 'charges' | 'refunds' | 'sessions' | 'decisions';

const DIGITS = 15;
const dueName = (dueAt: Date, { id, attempt }: SandboxDelivery): string =>
  `${String(dueAt.getTime()).padStart(DIGITS, '0')}-${id}-${attempt}.json`;

const isCode = (error: unknown, code: string): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === code;

export type SandboxStore = ReturnType<typeof createSandboxStore>;

/**
 * The memory of the sandbox: files below a directory, each written whole and once, so that every process of a machine sees the
 * same and none forgets anything by ending.
 */
export function createSandboxStore({ directory }: { readonly directory: string }) {
  const events = join(directory, 'events');

  /** Writes a file under a name that nobody sees before it is whole. */
  const writeAside = async (folder: string, value: unknown): Promise<string> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `.${randomUUID()}`);
    await writeFile(path, JSON.stringify(value), { mode: 0o600, flush: true });
    return path;
  };

  const read = async <Value>(schema: z.ZodType<Value>, path: string): Promise<Value | null> => {
    try {
      return schema.parse(JSON.parse(await readFile(path, 'utf8')));
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null;
      throw error;
    }
  };

  return {
    /** @param id letters, digits and underscores */
    find<Value>(kind: SandboxKind, id: string, schema: z.ZodType<Value>): Promise<Value | null> {
      return read(schema, join(directory, kind, `${id}.json`));
    },

    /** Writes a record unless there is one by this id. Resolves with what is there: the first one written, by whomever. */
    async keepFirst<Value>(kind: SandboxKind, id: string, schema: z.ZodType<Value>, value: Value): Promise<Value> {
      const folder = join(directory, kind);
      const path = join(folder, `${id}.json`);
      const aside = await writeAside(folder, value);
      try {
        await link(aside, path);
        return value;
      } catch (error) {
        if (!isCode(error, 'EEXIST')) throw error;
        return (await read(schema, path)) ?? value;
      } finally {
        await rm(aside, { force: true });
      }
    },

    /** Has an event posted from `dueAt` on. The same event twice is posted twice, under one id. */
    async schedule(delivery: SandboxDelivery, dueAt: Date): Promise<void> {
      await rename(await writeAside(events, delivery), join(events, dueName(dueAt, delivery)));
    },

    /** What is due, the earliest first. */
    async listDue(now: Date, limit: number): Promise<WaitingDelivery[]> {
      const names = await readdir(events).catch((error: unknown): string[] => {
        if (isCode(error, 'ENOENT')) return [];
        throw error;
      });
      const until = String(now.getTime()).padStart(DIGITS, '0');
      const due = names.filter((name) => /^[0-9]/.test(name) && name.slice(0, DIGITS) <= until).sort();
      const found = await Promise.all(
        due.slice(0, limit).map(async (name) => {
          const delivery = await read(SandboxDelivery, join(events, name));
          return delivery === null ? [] : [{ ...delivery, name }];
        }),
      );
      return found.flat();
    },

    async remove({ name }: Pick<WaitingDelivery, 'name'>): Promise<void> {
      await rm(join(events, name), { force: true });
    },
  };
}
