import type { z } from 'zod';
import type { PolicyView, SecurityPolicyEditor } from '../../services/identity/security-policy-editor.service.ts';
import type { Context } from '../../types/context.ts';
import type {
  ReplaceSecurityPolicyRequest,
  SecurityPolicyResponse,
} from '../../validators/identity/security-policy.schema.ts';

type PolicyAnswer = z.input<typeof SecurityPolicyResponse>;

export type SecurityPolicyController = ReturnType<typeof createSecurityPolicyController>;

export function createSecurityPolicyController({ policies }: { readonly policies: SecurityPolicyEditor }) {
  return {
    async get(ctx: Context): Promise<PolicyAnswer> {
      return toPolicyAnswer(await policies.read(ctx));
    },

    async replace(
      ctx: Context,
      { version, ...wanted }: z.output<typeof ReplaceSecurityPolicyRequest>,
    ): Promise<PolicyAnswer> {
      return toPolicyAnswer(await policies.replace(ctx, wanted, version));
    },
  };
}

const toPolicyAnswer = (policy: PolicyView): PolicyAnswer => policy;
