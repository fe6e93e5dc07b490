import type { PlatformUserImportRepository } from '../../repositories/tenancy/platform-user-import.repository.ts';
import type { Clock } from '../../types/clock.ts';
import { rescoped, tenantScope } from '../../types/context-factory.ts';
import type { Cleaner } from '../base/cleaner.ts';
import type { ImportEnding } from './platform-user-import-ending.ts';

export interface ImportCleanerDeps {
  readonly imports: Pick<PlatformUserImportRepository, 'listLeft'>;
  readonly ending: Pick<ImportEnding, 'abandon' | 'removeFile'>;
  readonly clock: Clock;
}

const DAY_MS = 86_400_000;

/** Fails imports that nobody has worked at for a day, and removes the files that ended ones have left. */
export const createImportCleaner = ({ imports, ending, clock }: ImportCleanerDeps): Cleaner => ({
  name: 'abandonedImports',
  async clean(ctx, limit) {
    const before = new Date(clock.now().getTime() - DAY_MS).toISOString();
    const left = await imports.listLeft(ctx, before, limit);
    for (const { tenantId, ...abandoned } of left) {
      const tenantCtx = rescoped(ctx, tenantScope(tenantId));
      await ending.abandon(tenantCtx, abandoned.id);
      await ending.removeFile(tenantCtx, abandoned);
    }
    return left.length;
  },
});
