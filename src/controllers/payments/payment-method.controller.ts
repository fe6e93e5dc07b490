import type { z } from 'zod';
import type { PaymentMethodService } from '../../services/payments/payment-method.service.ts';
import type { TenantContext } from '../../types/context.ts';
import type { Page } from '../../types/page.ts';
import type { PaymentMethod } from '../../types/payments/payment-method.ts';
import type {
  CreatePaymentMethodRequest,
  ListPaymentMethodsQuery,
  UpdatePaymentMethodRequest,
} from '../../validators/payments/payment-method.schema.ts';

export interface PaymentMethodControllerDeps {
  readonly paymentMethods: PaymentMethodService;
}

export type PaymentMethodController = ReturnType<typeof createPaymentMethodController>;

export function createPaymentMethodController({ paymentMethods }: PaymentMethodControllerDeps) {
  return {
    list(ctx: TenantContext, query: z.output<typeof ListPaymentMethodsQuery>): Promise<Page<PaymentMethod>> {
      return paymentMethods.list(ctx, query);
    },

    add(ctx: TenantContext, body: z.output<typeof CreatePaymentMethodRequest>): Promise<PaymentMethod> {
      return paymentMethods.add(ctx, body);
    },

    update(
      ctx: TenantContext,
      id: string,
      { label, isDefault }: z.output<typeof UpdatePaymentMethodRequest>,
    ): Promise<PaymentMethod> {
      return paymentMethods.update(ctx, id, {
        ...(label !== undefined && { label }),
        ...(isDefault !== undefined && { isDefault }),
      });
    },

    async remove(ctx: TenantContext, id: string): Promise<undefined> {
      await paymentMethods.remove(ctx, id);
    },
  };
}
