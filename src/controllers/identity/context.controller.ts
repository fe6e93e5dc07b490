import type { z } from 'zod';
import type { BrowserSessions } from '../../services/identity/browser-session.ts';
import type { ContextSwitchService } from '../../services/identity/context-switch.service.ts';
import type { Context } from '../../types/context.ts';
import type { CookieJar } from '../../types/cookie-jar.ts';
import { asTenantId } from '../../types/ids.ts';
import type { SwitchContextRequest, SwitchContextResponse } from '../../validators/identity/context.schema.ts';

export interface ContextControllerDeps {
  readonly contextSwitch: ContextSwitchService;
  readonly browserSessions: Pick<BrowserSessions, 'open'>;
}

export type ContextController = ReturnType<typeof createContextController>;

export function createContextController({ contextSwitch, browserSessions }: ContextControllerDeps) {
  return {
    async switchContext(
      ctx: Context,
      { tenantId, tokenDelivery }: z.output<typeof SwitchContextRequest>,
      cookies: CookieJar,
    ): Promise<z.input<typeof SwitchContextResponse>> {
      const { standing, ...token } = await contextSwitch.switchTo(ctx, tenantId === null ? null : asTenantId(tenantId));
      const { accessToken, expiresIn } = token;
      const { context: activeContext, role, permissions } = standing;
      const place = { activeContext, role, permissions: [...permissions.patterns] };
      const common = { tokenType: 'Bearer' as const, expiresIn, ...place };
      return tokenDelivery === 'cookie'
        ? { ...common, csrfToken: browserSessions.open(cookies, { ...token, refreshToken: null }) }
        : { ...common, accessToken };
    },
  };
}
