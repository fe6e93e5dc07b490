import type { RequestHandler } from 'express';
import { appError, invariant } from '../errors/app-error.ts';
import type { ImpersonationAudit } from '../services/identity/impersonation-audit.service.ts';

export interface ImpersonationAuditMiddlewareDeps {
  readonly impersonationAudit: ImpersonationAudit;
}

/**
 * Writes down every request of an operator who works in the place of somebody else, before anything else is done with it: those
 * that are refused are among them. Runs right after authentication.
 *
 * Passes on AppError IMPERSONATION_NOT_AUDITED when that fails: what can't be written down is not done.
 */
export const createImpersonationAuditMiddleware =
  ({ impersonationAudit }: ImpersonationAuditMiddlewareDeps): RequestHandler =>
  (req, _res, next) => {
    const { principal, ctx, operationId } = req.state;
    if (principal === null || principal.actor.impersonatorId === null) {
      next();
      return;
    }
    const { actor } = principal;
    const tenantId = invariant(principal.tenantId, 'An impersonation is of one tenant');
    const call = { tenantId, operationId, method: req.method, path: `${req.baseUrl}${req.path}` };
    impersonationAudit.record({ ...ctx, actor }, call).then(
      () => next(),
      (cause: unknown) => next(appError('IMPERSONATION_NOT_AUDITED', { cause })),
    );
  };
