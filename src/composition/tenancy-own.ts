import { createOnboardingController } from '../controllers/tenancy/onboarding.controller.ts';
import { createTenantAnalyticsController } from '../controllers/tenancy/tenant-analytics.controller.ts';
import { createTenantBrandingController } from '../controllers/tenancy/tenant-branding.controller.ts';
import { createTenantSettingsController } from '../controllers/tenancy/tenant-settings.controller.ts';
import { createTenantUserController } from '../controllers/tenancy/tenant-user.controller.ts';
import { createOnboardingRepository } from '../repositories/tenancy/onboarding.repository.ts';
import type { TenantRepository } from '../repositories/tenancy/tenant.repository.ts';
import { createTenantAnalyticsRepository } from '../repositories/tenancy/tenant-analytics.repository.ts';
import { createTenantBrandingRepository } from '../repositories/tenancy/tenant-branding.repository.ts';
import { createTenantSettingsRepository } from '../repositories/tenancy/tenant-settings.repository.ts';
import type { MemberService } from '../services/identity/member.service.ts';
import { createLogoImages } from '../services/tenancy/logo-image.ts';
import { createOnboardingService } from '../services/tenancy/onboarding.service.ts';
import { createTenantAnalyticsService } from '../services/tenancy/tenant-analytics.service.ts';
import type { TenantBillingFacts } from '../services/tenancy/tenant-billing-facts.ts';
import { createTenantBrandingService } from '../services/tenancy/tenant-branding.service.ts';
import { createTenantLogoService } from '../services/tenancy/tenant-logo.service.ts';
import { createTenantSettingsService } from '../services/tenancy/tenant-settings.service.ts';
import type { Infrastructure } from './infrastructure.ts';

interface OwnTenantNeeds extends Pick<Infrastructure, 'database' | 'tx' | 'audit' | 'clock' | 'gateways' | 'settings'> {
  readonly repositories: { readonly tenants: TenantRepository };
  readonly members: MemberService;
  readonly billing: TenantBillingFacts;
}

/** What a tenant sets and sees of itself; billing, a domain above, adds its facts. */
export function composeOwnTenant({
  database,
  tx,
  audit,
  clock,
  gateways,
  settings,
  repositories: { tenants },
  members,
  billing,
}: OwnTenantNeeds) {
  const brandings = createTenantBrandingRepository({ database });
  return {
    controllers: {
      tenantSettings: createTenantSettingsController({
        settings: createTenantSettingsService({
          settings: createTenantSettingsRepository({ database }),
          tenants,
          tx,
          audit,
          clock,
        }),
      }),
      tenantBranding: createTenantBrandingController({
        brandings: createTenantBrandingService({ brandings, tenants, tx, audit, clock }),
        logos: createTenantLogoService({
          brandings,
          tenants,
          images: createLogoImages(),
          storage: gateways.storage,
          tx,
          audit,
          clock,
        }),
        publicUrl: settings.PUBLIC_URL,
      }),
      onboarding: createOnboardingController({
        onboarding: createOnboardingService({
          onboarding: createOnboardingRepository({ database }),
          tenants,
          billing,
          tx,
          audit,
          clock,
        }),
      }),
      tenantAnalytics: createTenantAnalyticsController({
        analytics: createTenantAnalyticsService({
          analytics: createTenantAnalyticsRepository({ database }),
          billing,
          clock,
        }),
      }),
      tenantUsers: createTenantUserController({ members }),
    },
  };
}
