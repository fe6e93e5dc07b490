import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What the file system driver knows of an object: the file of its current version, beside this record, and its properties. */
const objectRecord = z.strictObject({
  file: z.string().regex(/^@[\w.-]+$/),
  etag: z.string(),
  size: z.int().nonnegative(),
  contentType: z.string(),
});
export type ObjectRecord = z.output<typeof objectRecord>;

export const recordFile = '@object.json';

export const hasErrorCode = (error: unknown, ...codes: string[]): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && codes.some((code) => code === error.code);

/** The record in an object's directory, or undefined where there is no object. */
export async function readRecord(directory: string): Promise<ObjectRecord | undefined> {
  try {
    return objectRecord.parse(JSON.parse(await readFile(join(directory, recordFile), 'utf8')));
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** Writes a new file and waits until it is on the disk. */
export async function writeSynced(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until the names in a directory are on the disk. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
