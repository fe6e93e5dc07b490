import { uuidv7 } from 'uuidv7';
import { appError } from '../../errors/app-error.ts';
import {
  type PaymentGateway,
  PaymentGatewayError,
  UnknownPaymentMethodError,
} from '../../gateways/payments/payment.gateway.ts';
import type { TransactionRunner } from '../../repositories/base/transaction-runner.ts';
import { violatedConstraint } from '../../repositories/base/unique-violation.ts';
import type { PaymentMethodRepository } from '../../repositories/payments/payment-method.repository.ts';
import type { Clock } from '../../types/clock.ts';
import type { TenantContext, TenantTxContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { GatewayMethod } from '../../types/payments/gateway.ts';
import type { PaymentMethod, PaymentMethodChanges, PaymentMethodFilter } from '../../types/payments/payment-method.ts';
import type { AuditTrail } from '../base/audit-trail.ts';
import type { DomainEvents } from '../base/domain-events.ts';

export interface PaymentMethodServiceDeps {
  readonly methods: PaymentMethodRepository;
  /** Takes what is new. */
  readonly gateway: Pick<PaymentGateway, 'name' | 'describeMethod'>;
  readonly tx: TransactionRunner;
  readonly audit: AuditTrail;
  readonly events: DomainEvents;
  readonly clock: Clock;
}

export interface NewPaymentMethodInput {
  /** Of the gateway's own page. */
  readonly token: string;
  readonly label: string | null;
  /** The first one is, unless this says that it is not. */
  readonly isDefault?: boolean | undefined;
}

export type PaymentMethodService = ReturnType<typeof createPaymentMethodService>;

/** How a tenant pays: tokens of a gateway, one of which may be its default. */
export function createPaymentMethodService({ methods, gateway, tx, audit, events, clock }: PaymentMethodServiceDeps) {
  const now = (): string => clock.now().toISOString();

  /** Outside of the transaction: the gateway may take its time. */
  const describe = async ({ scope }: TenantContext, token: string): Promise<GatewayMethod> => {
    try {
      return await gateway.describeMethod(token, scope.tenantId);
    } catch (error) {
      if (error instanceof UnknownPaymentMethodError) throw appError('PAYMENT_METHOD_UNKNOWN');
      if (!(error instanceof PaymentGatewayError)) throw error;
      throw appError(error.retryable ? 'PAYMENT_GATEWAY_UNAVAILABLE' : 'PAYMENT_METHOD_UNKNOWN', { cause: error });
    }
  };

  const lock = async (ctx: TenantTxContext, id: string): Promise<PaymentMethod> => {
    await methods.lockAll(ctx);
    const method = await methods.lock(ctx, id);
    if (method === null) throw appError('PAYMENT_METHOD_NOT_FOUND');
    return method;
  };

  const tellDefault = (ctx: TenantTxContext, paymentMethodId: string | null): void =>
    events.publish(ctx, 'payment_method.default_changed', ctx.scope.tenantId, { paymentMethodId });

  return {
    list(ctx: TenantContext, filter: PaymentMethodFilter): Promise<Page<PaymentMethod>> {
      return methods.list(ctx, filter);
    },

    /**
     * Adds what a token of the gateway stands for. The first one becomes the default.
     * @throws AppError PAYMENT_METHOD_UNKNOWN, PAYMENT_METHOD_TAKEN, PAYMENT_GATEWAY_UNAVAILABLE
     */
    async add(ctx: TenantContext, { token, label, isDefault: asked }: NewPaymentMethodInput): Promise<PaymentMethod> {
      const described = await describe(ctx, token);
      try {
        return await tx.run(ctx, async (txCtx) => {
          await methods.lockAll(txCtx);
          const isDefault = asked ?? !(await methods.hasDefault(txCtx));
          const createdAt = now();
          if (isDefault) await methods.revokeDefault(txCtx, createdAt);
          const added = { ...described, id: uuidv7(), gateway: gateway.name, label, isDefault, createdAt };
          const method = await methods.insert(txCtx, added);
          if (isDefault) tellDefault(txCtx, method.id);
          audit.record(txCtx, { resourceType: 'payment_method', resourceId: method.id, after: auditedFields(method) });
          return method;
        });
      } catch (error) {
        if (violatedConstraint(error) === 'payment_methods_once') throw appError('PAYMENT_METHOD_TAKEN');
        throw error;
      }
    },

    /**
     * Changes the label, or which one is the default: that of the former ends, and none takes the place of one that no longer is.
     * @throws AppError PAYMENT_METHOD_NOT_FOUND
     */
    async update(ctx: TenantContext, id: string, changes: PaymentMethodChanges): Promise<PaymentMethod> {
      return tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        const wanted = { label: before.label, isDefault: before.isDefault, ...changes };
        const changesDefault = wanted.isDefault !== before.isDefault;
        const at = now();
        if (changesDefault) await methods.revokeDefault(txCtx, at);
        const after = await methods.update(txCtx, id, wanted, at);
        if (changesDefault) tellDefault(txCtx, after.isDefault ? id : null);
        audit.record(txCtx, {
          resourceType: 'payment_method',
          resourceId: id,
          before: auditedFields(before),
          after: auditedFields(after),
        });
        return after;
      });
    },

    /**
     * Removes one that no running subscription is paid with. After the default there is none until somebody chooses.
     * @throws AppError PAYMENT_METHOD_NOT_FOUND, PAYMENT_METHOD_IN_USE
     */
    async remove(ctx: TenantContext, id: string): Promise<void> {
      await tx.run(ctx, async (txCtx) => {
        const before = await lock(txCtx, id);
        if (await methods.isInUse(txCtx, id)) throw appError('PAYMENT_METHOD_IN_USE');
        await methods.softDelete(txCtx, id, now());
        if (before.isDefault) tellDefault(txCtx, null);
        audit.record(txCtx, { resourceType: 'payment_method', resourceId: id, before: auditedFields(before) });
      });
    },
  };
}

const auditedFields = ({
  id: _id,
  tenantId: _tenantId,
  createdAt: _createdAt,
  updatedAt: _updatedAt,
  ...fields
}: PaymentMethod) => fields;
