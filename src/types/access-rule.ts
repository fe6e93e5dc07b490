import type { Permission } from './access-control.ts';

/** How a caller without a session proves itself. */
export type SignatureScheme = 'metrics-token' | 'payment-gateway';

/** Who may call an endpoint, as data. */
export type AccessRule =
  | { readonly kind: 'public'; readonly because: string }
  | {
      readonly kind: 'user';
      /** Also for a session that must set up a second factor before it can do anything else. */
      readonly duringEnrolment: boolean;
      /** Also for an operator who works in the user's place. */
      readonly impersonated: boolean;
    }
  | { readonly kind: 'tenant'; readonly permission: Permission; readonly platformWide: boolean }
  | { readonly kind: 'platform'; readonly permission: Permission }
  | { readonly kind: 'organizationAdmin' }
  | { readonly kind: 'signature'; readonly scheme: SignatureScheme };
