import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import type { PlatformUserImportRepository } from '../../repositories/tenancy/platform-user-import.repository.ts';
import type { PlatformUserImportErrorRepository } from '../../repositories/tenancy/platform-user-import-error.repository.ts';
import type {
  PlatformUserImportRowRepository,
  StagedKeys,
} from '../../repositories/tenancy/platform-user-import-row.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type {
  ImportFormat,
  ImportProgress,
  ImportRowError,
  ImportRun,
  StagedRow,
} from '../../types/tenancy/platform-user-import.ts';
import type { RowFault } from './platform-user-import-columns.ts';
import type { CheckedRow } from './platform-user-import-source.ts';

/** A file can have this many rows. */
export const MOST_ROWS = 100_000;

/** Errors of an import that are kept; all are counted. */
const MOST_ENTRIES = 10_000;

/** Rows that one statement looks through. */
const ROWS_PER_STATEMENT = 1000;
const DELETED_PER_STATEMENT = 20_000;

export interface ImportSessionDeps {
  readonly imports: Pick<PlatformUserImportRepository, 'lockRun' | 'updateProgress'>;
  readonly rows: PlatformUserImportRowRepository;
  readonly report: PlatformUserImportErrorRepository;
  readonly tx: TransactionRunner;
  readonly clock: Clock;
}

/** Another run has taken the import over, or somebody has ended it: this one must not go on. */
export class ImportSupersededError extends Error {
  constructor() {
    super('Another run works at this import, or it has ended');
    this.name = 'ImportSupersededError';
  }
}

/** A row that is valid by itself, and can't be imported all the same. */
interface DroppedRow {
  readonly row: number;
  readonly reason: RowFault;
}

/** What a step found out. */
interface Findings {
  readonly errors: readonly ImportRowError[];
  readonly invalidRows: number;
}

export type ImportSession = ReturnType<typeof createImportSession>;

/**
 * What one run of an import has read so far. Each step is a small transaction, which throws ImportSupersededError when the
 * import is no longer the run's.
 */
export function createImportSession(deps: ImportSessionDeps, ctx: TenantContext, run: ImportRun) {
  const { imports, rows, report, tx, clock } = deps;
  const { importId } = run;
  const reasons = REASONS[run.format];
  /** The line of each row, from 1. */
  const lineOf = new Uint32Array(MOST_ROWS + 1);
  let progress: ImportProgress = { bytesRead: 0, rowsRead: 0, rowsInvalid: 0, errorCount: 0 };

  const toError = ({ row, reason }: DroppedRow): ImportRowError => ({ line: lineOf[row] ?? 0, ...reason });

  const ownedTransaction = <T>(work: (txCtx: TenantTxContext) => Promise<T>): Promise<T> =>
    tx.run(ctx, async (txCtx) => {
      if (!(await imports.lockRun(txCtx, run))) throw new ImportSupersededError();
      return work(txCtx);
    });

  const step = async (
    read: Pick<ImportProgress, 'bytesRead' | 'rowsRead'>,
    find: (txCtx: TenantTxContext) => Promise<Findings>,
  ): Promise<void> => {
    progress = await ownedTransaction(async (txCtx) => {
      const { errors, invalidRows } = await find(txCtx);
      const room = Math.max(0, MOST_ENTRIES - progress.errorCount);
      const entries = errors
        .slice(0, room)
        .map((error, index) => ({ ...error, position: progress.errorCount + index + 1 }));
      if (entries.length > 0) await report.insert(txCtx, importId, entries);
      const rowsInvalid = progress.rowsInvalid + invalidRows;
      const reached = { ...read, rowsInvalid, errorCount: progress.errorCount + errors.length };
      await imports.updateProgress(txCtx, importId, reached, clock.now().toISOString());
      return reached;
    });
  };

  /** Looks through all staged rows, so many at a time. */
  const drop = async <Row extends { readonly row: number }>(
    list: (txCtx: TenantTxContext, importId: string, after: number, limit: number) => Promise<Row[]>,
    findInvalid: (txCtx: TenantTxContext, listed: readonly Row[]) => Promise<readonly DroppedRow[]>,
  ): Promise<void> => {
    for (let after: number | undefined = 0; after !== undefined; ) {
      const from: number = after;
      await step(progress, async (txCtx) => {
        const listed = await list(txCtx, importId, from, ROWS_PER_STATEMENT);
        after = listed.at(-1)?.row;
        const dropped = await findInvalid(txCtx, listed);
        const droppedRows = dropped.map(({ row }) => row);
        await rows.deleteRows(txCtx, importId, droppedRows);
        return { errors: dropped.map(toError), invalidRows: dropped.length };
      });
    }
  };

  const dropParentsOfUnknown = (): Promise<void> =>
    drop(rows.listParents, async (txCtx, parents) => {
      const emails = new Set(parents.flatMap(({ studentEmails }) => studentEmails));
      const students = await rows.findStudents(txCtx, importId, [...emails]);
      return parents
        .filter(({ studentEmails }) => studentEmails.some((email) => !students.has(email)))
        .map(({ row }) => ({ row, reason: reasons.studentUnknown }));
    });

  return {
    run,
    ownedTransaction,

    get progress(): ImportProgress {
      return progress;
    },

    /** Removes what a run before has left. */
    async clear(): Promise<void> {
      await ownedTransaction((txCtx) => report.deleteAll(txCtx, importId));
      for (let deleted = DELETED_PER_STATEMENT; deleted === DELETED_PER_STATEMENT; ) {
        deleted = await ownedTransaction((txCtx) => rows.deleteSome(txCtx, importId, DELETED_PER_STATEMENT));
      }
    },

    /** Stages the valid ones of the next rows, and reports the others. */
    async stage(batch: readonly CheckedRow[], bytesRead: number): Promise<void> {
      const { rowsRead } = progress;
      const valid: StagedRow[] = [];
      const invalid: CheckedRow[] = [];
      for (const [index, checked] of batch.entries()) {
        const row = rowsRead + index + 1;
        lineOf[row] = checked.line;
        if ('person' in checked) valid.push({ row, person: checked.person });
        else invalid.push(checked);
      }
      const ownErrors = invalid.flatMap((row) => ('errors' in row ? row.errors : []));
      await step({ bytesRead, rowsRead: rowsRead + batch.length }, async (txCtx) => {
        const refused = await stageValid(rows, reasons, txCtx, importId, valid);
        const errors = [...ownErrors, ...refused.map(toError)].sort((a, b) => a.line - b.line);
        return { errors, invalidRows: invalid.length + refused.length };
      });
    },

    /** Reports errors of the file itself. */
    reportErrors: (errors: readonly ImportRowError[], bytesRead: number): Promise<void> =>
      step({ ...progress, bytesRead }, async () => ({ errors, invalidRows: 0 })),

    /** Drops parents some of whose students are neither staged nor among the tenant's people. */
    dropParentsOfUnknown,

    /** Drops rows that were valid when they were read and are not any more. */
    async dropOutdated(): Promise<void> {
      await drop(rows.listStaged, (txCtx, staged) => findRefused(rows, reasons, txCtx, staged));
      await dropParentsOfUnknown();
    },
  };
}

const reasonsWith = (libraryId: string, studentEmails: string) =>
  ({
    emailTaken: { column: 'email', code: 'EMAIL_TAKEN', message: 'Somebody else has this address' },
    emailRepeated: {
      column: 'email',
      code: 'EMAIL_REPEATED',
      message: 'An earlier row of the file has this address',
    },
    libraryUnknown: { column: libraryId, code: 'LIBRARY_UNKNOWN', message: 'There is no such library' },
    studentUnknown: {
      column: studentEmails,
      code: 'STUDENT_UNKNOWN',
      message: "Some of these are no students' addresses, neither in the file nor among the tenant's people",
    },
  }) as const satisfies Record<string, RowFault>;

type Reasons = ReturnType<typeof reasonsWith>;

const REASONS: Readonly<Record<ImportFormat, Reasons>> = {
  csv: reasonsWith('library_id', 'student_emails'),
  json: reasonsWith('libraryId', 'studentEmails'),
};

/** Which of the rows the tenant's people and libraries do not allow. */
async function findRefused(
  rows: PlatformUserImportRowRepository,
  reasons: Reasons,
  ctx: TenantTxContext,
  staged: readonly StagedKeys[],
): Promise<DroppedRow[]> {
  const libraryIds = new Set(staged.flatMap(({ libraryId }) => libraryId ?? []));
  const taken = await rows.findTakenEmails(
    ctx,
    staged.map(({ email }) => email),
  );
  const libraries = await rows.findLibraries(ctx, [...libraryIds]);
  return staged.flatMap(({ row, email, libraryId }) => {
    if (taken.has(email)) return { row, reason: reasons.emailTaken };
    return libraryId === null || libraries.has(libraryId) ? [] : { row, reason: reasons.libraryUnknown };
  });
}

/** Stages what the tenant's people, its libraries and the rows before allow. @returns the others */
async function stageValid(
  rows: PlatformUserImportRowRepository,
  reasons: Reasons,
  ctx: TenantTxContext,
  importId: string,
  valid: readonly StagedRow[],
): Promise<DroppedRow[]> {
  if (valid.length === 0) return [];
  const keys = valid.map(({ row, person: { email, libraryId } }) => ({ row, email, libraryId }));
  const refused = await findRefused(rows, reasons, ctx, keys);
  const refusedRows = new Set(refused.map(({ row }) => row));
  const accepted = valid.filter(({ row }) => !refusedRows.has(row));
  const staged = await rows.insert(ctx, importId, accepted);
  const repeated = accepted.filter(({ row }) => !staged.has(row));
  return [...refused, ...repeated.map(({ row }) => ({ row, reason: reasons.emailRepeated }))];
}
