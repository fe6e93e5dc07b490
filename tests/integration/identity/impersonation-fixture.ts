import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import type { TestTenant } from '../../support/people.ts';
import type { TestAppOptions } from '../../support/test-app.ts';
import { startOperators } from './operators-fixture.ts';

export const REASON = 'The customer can not find an invoice.';

export interface Impersonation {
  readonly id: string;
  readonly accessToken: string;
  readonly client: HttpClient;
  readonly answer: HttpAnswer;
}

export type ImpersonationFixture = Awaited<ReturnType<typeof startImpersonations>>;

export async function startImpersonations(options: TestAppOptions = {}) {
  const operators = await startOperators(options);
  const { app, root, tenant } = operators;

  const ask = (by: HttpClient, of: Pick<TestTenant, 'id'>, body: Record<string, unknown> = {}): Promise<HttpAnswer> =>
    by.post(`/api/tenants/${of.id}/impersonate`, { reason: REASON, ...body });

  return {
    ...operators,
    ask,

    /** @throws Error unless it is granted */
    async impersonate(
      body: Record<string, unknown> = {},
      { by = root.client, of = tenant }: { by?: HttpClient; of?: Pick<TestTenant, 'id'> } = {},
    ): Promise<Impersonation> {
      const answer = await ask(by, of, body);
      if (answer.status !== 201) throw new Error(answer.text);
      const { accessToken, impersonation } = answer.body.data;
      const client = app.http.with({ authorization: `Bearer ${accessToken}` });
      return { id: impersonation.id, accessToken, client, answer };
    },

    /** The session behind an impersonation. */
    async sessionOf(id: string): Promise<Record<string, unknown>> {
      const [row] = await app.rows(
        'select sessions.* from sessions join impersonations on session_id = sessions.id where impersonations.id = $1',
        [id],
      );
      if (row === undefined) throw new Error('There is no session');
      return row;
    },

    /** What a tenant's audit log says of the requests that were made in somebody's place, oldest first. */
    requestsOf: (tenantId: string) =>
      app.rows<{ operation: string; actor: string; impersonator: string; session: string; changes: unknown }>(
        `select resource_id as operation, actor_id as actor, impersonator_id as impersonator, session_id as session, changes
         from audit_entries where tenant_id = $1 and action = 'impersonation.request' order by occurred_at, id`,
        [tenantId],
      ),
  };
}
