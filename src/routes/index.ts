import { invoiceEndpoints } from './billing/invoice.routes.ts';
import { planEndpoints } from './billing/plan.routes.ts';
import { tenantInvoiceEndpoints } from './billing/tenant-invoice.routes.ts';
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
import { configurationEndpoints } from './tenancy/configuration.routes.ts';
import { fileEndpoints } from './tenancy/file.routes.ts';
import { libraryEndpoints } from './tenancy/library.routes.ts';
import { onboardingEndpoints } from './tenancy/onboarding.routes.ts';
import { platformUserEndpoints } from './tenancy/platform-user.routes.ts';
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
  ...platformUserEndpoints,
  ...planEndpoints,
  ...invoiceEndpoints,
  ...tenantInvoiceEndpoints,
  ...auditLogEndpoints,
  ...healthEndpoints,
  ...metricsEndpoints,
  ...docsEndpoints,
] as const;
