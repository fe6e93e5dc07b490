import type { TenantId } from '../ids.ts';
import type { PageRequest } from '../page.ts';
import type { GatewayMethod } from './gateway.ts';

/** How a tenant pays. Times are ISO 8601. */
export interface PaymentMethod
  extends Pick<GatewayMethod, 'kind' | 'brand' | 'lastFour' | 'expiryMonth' | 'expiryYear' | 'country'> {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly gateway: 'stripe' | 'sandbox';
  readonly label: string | null;
  readonly isDefault: boolean;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewPaymentMethod extends GatewayMethod {
  readonly id: string;
  readonly gateway: 'stripe' | 'sandbox';
  readonly label: string | null;
  readonly isDefault: boolean;
  readonly createdAt: string;
}

export type PaymentMethodChanges = Partial<Pick<PaymentMethod, 'label' | 'isDefault'>>;

export type PaymentMethodFilter = PageRequest<'createdAt' | '-createdAt'>;
