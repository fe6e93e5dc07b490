import { permissionCatalogue } from '../../types/access-control.ts';
import type { AccessRule, SignatureScheme } from '../../types/access-rule.ts';
import type { Components, Operation } from './openapi-document.ts';

export const securitySchemes = {
  bearerAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The access token that signing in answers. It lives for minutes; a refresh token renews it.',
  },
  apiKeyAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'rh_live_<id>_<secret>',
    description:
      "A tenant's API key, in place of an access token. It does what its scopes say, and no more than its creator may do.",
  },
  organizationAuth: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: "The access token of an organization's admin, which `POST /admin/login` answers.",
  },
  metricsToken: {
    type: 'http',
    scheme: 'bearer',
    description: "The installation's METRICS_TOKEN, for scrapers.",
  },
  gatewaySignature: {
    type: 'apiKey',
    in: 'header',
    name: 'Stripe-Signature',
    description:
      "A payment gateway's signature of the body: Stripe's header, or those of Standard Webhooks (`webhook-id`, `webhook-timestamp`, `webhook-signature`) for the sandbox.",
  },
} as const satisfies Components['securitySchemes'];

const SIGNATURES: Readonly<Record<SignatureScheme, { scheme: keyof typeof securitySchemes; words: string }>> = {
  'metrics-token': { scheme: 'metricsToken', words: 'scrapers that show the metrics token' },
  'payment-gateway': { scheme: 'gatewaySignature', words: 'payment gateways, by their signature of the body' },
};

const permissionInWords = (permission: keyof typeof permissionCatalogue): string =>
  `\`${permission}\` (${permissionCatalogue[permission].toLowerCase()})`;

/** Who may call an endpoint, in words. */
export function describeAccess(rule: AccessRule): string {
  switch (rule.kind) {
    case 'public':
      return `Access: anybody, because ${rule.because}.`;
    case 'user':
      return 'Access: any signed-in user.';
    case 'tenant':
      return [
        `Access: whoever holds ${permissionInWords(rule.permission)} in the tenant they work on.`,
        rule.platformWide
          ? 'An operator who names no tenant works on those of all.'
          : 'Operators name the tenant in `X-Tenant-Id`.',
      ].join(' ');
    case 'platform':
      return `Access: operators of the platform who hold ${permissionInWords(rule.permission)}.`;
    case 'organizationAdmin':
      return "Access: an organization's admin, to what belongs to that organization.";
    case 'signature':
      return `Access: ${SIGNATURES[rule.scheme].words}.`;
  }
}

/** How a caller proves who it is; an empty list for public endpoints. */
export function securityOf(rule: AccessRule): Operation['security'] {
  switch (rule.kind) {
    case 'public':
      return [];
    case 'organizationAdmin':
      return [{ organizationAuth: [] }];
    case 'signature':
      return [{ [SIGNATURES[rule.scheme].scheme]: [] }];
    case 'tenant':
      return [{ bearerAuth: [] }, { apiKeyAuth: [] }];
    default:
      return [{ bearerAuth: [] }];
  }
}
