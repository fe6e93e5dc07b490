import type { LoginAttemptRepository } from '../../repositories/identity/login-attempt.repository.ts';
import type { SecurityEventRepository } from '../../repositories/identity/security-event.repository.ts';
import type { Context } from '../../types/context.ts';
import type { LoginAttemptEntry, LoginAttemptFilter } from '../../types/identity/login-attempt.ts';
import type { SecurityEvent, SecurityEventFilter } from '../../types/identity/security-event.ts';
import type { Slice, SliceRequest } from '../../types/page.ts';
import { readSlice } from '../base/time-cursor.ts';

export interface SecurityEventServiceDeps {
  readonly events: Pick<SecurityEventRepository, 'list'>;
  readonly attempts: Pick<LoginAttemptRepository, 'list'>;
}

export interface SecurityEventRequest extends SecurityEventFilter, SliceRequest {}
export interface LoginAttemptRequest extends LoginAttemptFilter, SliceRequest {}

export type SecurityEventService = ReturnType<typeof createSecurityEventService>;

/** What happened to accounts, the newest first; an operator without a tenant sees the platform's and every tenant's. */
export function createSecurityEventService({ events, attempts }: SecurityEventServiceDeps) {
  return {
    /** @throws AppError VALIDATION_FAILED for a cursor that no answer gave */
    listEvents(ctx: Context, { limit, cursor, ...filter }: SecurityEventRequest): Promise<Slice<SecurityEvent>> {
      return readSlice({ limit, cursor }, (part) => events.list(ctx, filter, part));
    },

    /** @throws AppError VALIDATION_FAILED for a cursor that no answer gave */
    listAttempts(ctx: Context, { limit, cursor, ...filter }: LoginAttemptRequest): Promise<Slice<LoginAttemptEntry>> {
      return readSlice({ limit, cursor }, (part) => attempts.list(ctx, filter, part));
    },
  };
}
