import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import type { z } from 'zod';
import { sqlStateOf } from '../../config/sql-state.ts';
import { appError } from '../../errors/app-error.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { readSnapshot } from '../../repositories/base/transaction-settings.ts';
import type { OrganizationRepository } from '../../repositories/tenancy/organization.repository.ts';
import type { OrganizationDocumentRepository } from '../../repositories/tenancy/organization-document.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { Context, PlatformScope } from '../../types/context.ts';
import { organizationScope, rescoped } from '../../types/context-factory.ts';
import type { OrganizationTxContext } from '../../types/tenancy/organization.ts';
import {
  BACKUP_FORMAT,
  BACKUP_VERSION,
  BackupHeader,
  BackupTrailer,
} from '../../validators/tenancy/organization-backup.schema.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import { collectionOf, nameKeyOf } from './organization-name.ts';
import { refusingTaken } from './organization-taken.ts';

export interface OrganizationBackupsDeps {
  readonly organizations: OrganizationRepository;
  readonly documents: Pick<OrganizationDocumentRepository, 'readLines' | 'writeLines'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** What was written or read; the checksum is that of the documents, in hexadecimal. */
export interface BackupOutcome extends z.output<typeof BackupTrailer> {
  readonly name: string;
}

type Write = (text: string) => Promise<void>;

const BATCH_LINES = 200;
const BATCH_CHARACTERS = 2_000_000;

export type OrganizationBackups = ReturnType<typeof createOrganizationBackups>;

/**
 * An organization as lines of JSON: a header with its admins, its documents in the order of their ids, and a trailer by which a
 * backup that was cut off or changed is known. Nothing but a batch is in memory.
 */
export function createOrganizationBackups({ organizations, documents, tx, audit, clock }: OrganizationBackupsDeps) {
  const readAll = async (ctx: OrganizationTxContext, write: Write): Promise<z.output<typeof BackupTrailer>> => {
    const tally = createTally();
    let batch = await documents.readLines(ctx, null);
    while (batch.lastId !== null) {
      tally.add(batch.lines);
      await write(`${batch.lines.join('\n')}\n`);
      batch = await documents.readLines(ctx, batch.lastId);
    }
    return tally.result();
  };

  /** @returns the last line, which is no document */
  const writeAll = async (ctx: OrganizationTxContext, lines: AsyncIterator<string>): Promise<string | undefined> => {
    let batch: string[] = [];
    let characters = 0;
    let last: string | undefined;
    for (let next = await lines.next(); !next.done; next = await lines.next()) {
      if (last !== undefined) {
        batch.push(last);
        characters += last.length;
      }
      last = next.value;
      if (batch.length < BATCH_LINES && characters < BATCH_CHARACTERS) continue;
      await refusingOddLines(documents.writeLines(ctx, batch));
      batch = [];
      characters = 0;
    }
    if (batch.length > 0) await refusingOddLines(documents.writeLines(ctx, batch));
    return last;
  };

  return {
    /**
     * Writes an organization as it is at one moment.
     * @param write resolves when it has room for more
     * @throws AppError ORGANIZATION_NOT_FOUND
     */
    async dump(ctx: Context<PlatformScope>, name: string, write: Write): Promise<BackupOutcome> {
      const found = await organizations.findByName(ctx, nameKeyOf(name));
      if (found === null) throw appError('ORGANIZATION_NOT_FOUND');
      const { id } = found.organization;
      return tx.run(rescoped(ctx, organizationScope(id)), async (txCtx) => {
        await readSnapshot(txCtx);
        const access = await organizations.findByName(txCtx, nameKeyOf(name));
        if (access?.organization.id !== id) throw appError('ORGANIZATION_NOT_FOUND');
        const header = {
          format: BACKUP_FORMAT,
          version: BACKUP_VERSION,
          takenAt: clock.now().toISOString(),
          organization: { name: access.organization.name },
          admins: await organizations.listAdmins(txCtx, id),
        } satisfies z.input<typeof BackupHeader>;
        await write(`${JSON.stringify(header)}\n`);
        const trailer = await readAll(txCtx, write);
        await write(`${JSON.stringify(trailer)}\n`);
        return { name: access.organization.name, ...trailer };
      });
    },

    /**
     * Makes an organization of a dump, all of it or nothing. It gets an id, and with it a storage, that were never used before;
     * its documents and admins keep theirs.
     * @throws AppError ORGANIZATION_NAME_TAKEN, EMAIL_TAKEN
     * @throws Error with the code BACKUP_INVALID when the dump was cut off, changed, or is none
     */
    async restore(ctx: Context<PlatformScope>, source: AsyncIterable<string>): Promise<BackupOutcome> {
      const lines = source[Symbol.asyncIterator]();
      const first = await lines.next();
      const { organization, admins } = parsed(BackupHeader, first.done ? undefined : first.value, 'header');
      const id = uuidv7();
      const { name } = organization;
      const names = { name, nameKey: nameKeyOf(name), collection: collectionOf(name) };
      return tx.run(rescoped(ctx, organizationScope(id)), async (txCtx) => {
        if ((await organizations.findTaken(txCtx, names, '')).name) throw appError('ORGANIZATION_NAME_TAKEN');
        await refusingTaken(organizations.insertRestored(txCtx, { id, ...names }, admins, clock.now().toISOString()));
        await organizations.createStorage(txCtx, id);
        const trailer = parsed(BackupTrailer, await writeAll(txCtx, lines), 'trailer');
        const stored = await readAll(txCtx, async () => undefined);
        if (stored.documents !== trailer.documents || stored.sha256 !== trailer.sha256)
          throw invalidBackup('The documents of this backup are not those that were written into it.');
        audit.record(txCtx, {
          resourceType: 'organization',
          resourceId: id,
          after: { name, collection: names.collection, documents: stored.documents },
        });
        return { name, ...stored };
      });
    },
  };
}

/** For those who restore, who are no clients of the API: the code is not one of its registry. */
const invalidBackup = (message: string, cause?: unknown): Error =>
  Object.assign(new Error(message, { cause }), { code: 'BACKUP_INVALID' });

function createTally() {
  const hash = createHash('sha256');
  let documents = 0;
  return {
    add(lines: readonly string[]): void {
      documents += lines.length;
      for (const line of lines) hash.update(line).update('\n');
    },
    result: () => ({ documents, sha256: hash.digest('hex') }),
  };
}

function parsed<Schema extends z.ZodType>(schema: Schema, line: string | undefined, part: string): z.output<Schema> {
  const problem = `This is no whole backup of an organization: its ${part} is missing or damaged.`;
  if (line === undefined) throw invalidBackup(problem);
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    throw invalidBackup(problem, cause);
  }
}

/** Data exceptions and broken constraints: what PostgreSQL finds wrong with values. */
const ABOUT_VALUES = /^2[23]/;

async function refusingOddLines(write: Promise<void>): Promise<void> {
  try {
    await write;
  } catch (cause) {
    if (!ABOUT_VALUES.test(sqlStateOf(cause) ?? '')) throw cause;
    throw invalidBackup('This is no backup of an organization: a line of it is no document.', cause);
  }
}
