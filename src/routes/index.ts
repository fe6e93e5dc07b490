import { couponEndpoints } from './billing/coupon.routes.ts';
import { invoiceEndpoints } from './billing/invoice.routes.ts';
import { planEndpoints } from './billing/plan.routes.ts';
import { subscriptionEndpoints } from './billing/subscription.routes.ts';
import { taxRateEndpoints } from './billing/tax-rate.routes.ts';
import { tenantInvoiceEndpoints } from './billing/tenant-invoice.routes.ts';
import { usageEndpoints } from './billing/usage.routes.ts';
import { walletEndpoints } from './credits/wallet.routes.ts';
import { accountEndpoints } from './identity/account.routes.ts';
import { accountPagesEndpoints } from './identity/account-pages.routes.ts';
import { adminUserEndpoints } from './identity/admin-user.routes.ts';
import { adminUserAccountEndpoints } from './identity/admin-user-account.routes.ts';
import { apiKeyEndpoints } from './identity/api-key.routes.ts';
import { authEndpoints } from './identity/auth.routes.ts';
import { contextEndpoints } from './identity/context.routes.ts';
import { impersonationEndpoints } from './identity/impersonation.routes.ts';
import { invitationEndpoints } from './identity/invitation.routes.ts';
import { ipRuleEndpoints } from './identity/ip-rule.routes.ts';
import { memberEndpoints } from './identity/member.routes.ts';
import { ownSessionEndpoints } from './identity/own-session.routes.ts';
import { roleEndpoints } from './identity/role.routes.ts';
import { roleAssignmentEndpoints } from './identity/role-assignment.routes.ts';
import { securityEndpoints } from './identity/security.routes.ts';
import { securityPolicyEndpoints } from './identity/security-policy.routes.ts';
import { securitySessionEndpoints } from './identity/security-session.routes.ts';
import { twoFactorEndpoints } from './identity/two-factor.routes.ts';
import { userEndpoints } from './identity/user.routes.ts';
import { auditLogEndpoints } from './insight/audit-log.routes.ts';
import { docsEndpoints } from './operation/docs.routes.ts';
import { healthEndpoints } from './operation/health.routes.ts';
import { metricsEndpoints } from './operation/metrics.routes.ts';
import { checkoutEndpoints } from './payments/checkout.routes.ts';
import { gatewayEventEndpoints } from './payments/gateway-event.routes.ts';
import { ledgerEndpoints } from './payments/ledger.routes.ts';
import { paymentEndpoints } from './payments/payment.routes.ts';
import { paymentMethodEndpoints } from './payments/payment-method.routes.ts';
import { paymentSettingsEndpoints } from './payments/payment-settings.routes.ts';
import { sandboxPagesEndpoints } from './payments/sandbox-pages.routes.ts';
import { configurationEndpoints } from './tenancy/configuration.routes.ts';
import { dataExportEndpoints } from './tenancy/data-export.routes.ts';
import { fileEndpoints } from './tenancy/file.routes.ts';
import { libraryEndpoints } from './tenancy/library.routes.ts';
import { onboardingEndpoints } from './tenancy/onboarding.routes.ts';
import { organizationEndpoints } from './tenancy/organization.routes.ts';
import { organizationDocumentEndpoints } from './tenancy/organization-document.routes.ts';
import { platformUserEndpoints } from './tenancy/platform-user.routes.ts';
import { platformUserImportEndpoints } from './tenancy/platform-user-import.routes.ts';
import { platformUserKindEndpoints } from './tenancy/platform-user-kind.routes.ts';
import { tenantEndpoints } from './tenancy/tenant.routes.ts';
import { tenantBrandingEndpoints } from './tenancy/tenant-branding.routes.ts';
import { tenantInsightEndpoints } from './tenancy/tenant-insight.routes.ts';
import { tenantSettingsEndpoints } from './tenancy/tenant-settings.routes.ts';

/** Every endpoint of the product: what is mounted, documented and tested. */
export const endpoints = [
  ...authEndpoints,
  ...accountEndpoints,
  ...ownSessionEndpoints,
  ...contextEndpoints,
  ...accountPagesEndpoints,
  ...apiKeyEndpoints,
  ...ipRuleEndpoints,
  ...securityEndpoints,
  ...securityPolicyEndpoints,
  ...securitySessionEndpoints,
  ...twoFactorEndpoints,
  ...adminUserEndpoints,
  ...adminUserAccountEndpoints,
  ...userEndpoints,
  ...impersonationEndpoints,
  ...roleEndpoints,
  ...roleAssignmentEndpoints,
  ...memberEndpoints,
  ...invitationEndpoints,
  ...tenantEndpoints,
  ...configurationEndpoints,
  ...tenantSettingsEndpoints,
  ...tenantBrandingEndpoints,
  ...onboardingEndpoints,
  ...tenantInsightEndpoints,
  ...fileEndpoints,
  ...libraryEndpoints,
  ...platformUserKindEndpoints,
  ...platformUserImportEndpoints,
  ...dataExportEndpoints,
  ...platformUserEndpoints,
  ...organizationEndpoints,
  ...organizationDocumentEndpoints,
  ...planEndpoints,
  ...couponEndpoints,
  ...subscriptionEndpoints,
  ...usageEndpoints,
  ...taxRateEndpoints,
  ...invoiceEndpoints,
  ...tenantInvoiceEndpoints,
  ...paymentEndpoints,
  ...paymentMethodEndpoints,
  ...checkoutEndpoints,
  ...gatewayEventEndpoints,
  ...sandboxPagesEndpoints,
  ...paymentSettingsEndpoints,
  ...ledgerEndpoints,
  ...walletEndpoints,
  ...auditLogEndpoints,
  ...healthEndpoints,
  ...metricsEndpoints,
  ...docsEndpoints,
] as const;
