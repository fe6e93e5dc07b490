import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from '../types/context.ts';

/**
 * The scope of the ORM call that is being awaited. Only repositories/base sets it, around an awaited call (a Prisma promise is
 * lazy: what is not awaited inside runs outside); only the scoped pool reads it.
 */
export const scopeStorage = new AsyncLocalStorage<Scope>();
