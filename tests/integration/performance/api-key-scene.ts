import { randomUUID } from 'node:crypto';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

const CHANNEL = 'rowhouse_invalidation';
const RULES = '/api/security/ip-rules';
const PLATFORM_ID = '00000000-0000-0000-0000-000000000000';

/** A tenant's API keys and address rules, and the rules of the platform, of which there are `size` each. */
export async function apiKeyScene(app: TestApp, tenant: TestTenant, size: number) {
  const insertKey = async (): Promise<string> => {
    const id = randomUUID();
    await app.rows(
      `insert into api_keys (tenant_id, id, name, public_id, secret_hash, last_four, scopes, expires_at, created_by, updated_at)
       select $1, $2::uuid, 'Kiosk', gen_random_uuid(), '\\x00', 'abcd', '{tenants:read}', now() + interval '1 day', id, now()
       from users where email = $3`,
      [tenant.id, id, tenant.ownerEmail],
    );
    return id;
  };

  /** An address of IPv6, from where no test comes. */
  const aNetwork = (): string => {
    const parts = randomUUID()
      .replaceAll('-', '')
      .match(/.{4}/g)
      ?.map((part) => part.replace(/^0{1,3}/, ''));
    return `${parts?.join(':')}/128`;
  };

  const insertRule = async (ownerId: string, id = randomUUID()): Promise<void> => {
    await app.rows("insert into ip_rules (tenant_id, id, action, cidr) values ($1, $2, 'deny', $3)", [
      ownerId,
      id,
      aNetwork(),
    ]);
  };

  /** Waits until every change so far has been heard of, and makes the process read the rules again. */
  const readRules = async (): Promise<void> => {
    const mark = `nothing:${randomUUID()}`;
    const heard = new Promise<void>((resolve) => {
      app.container.infrastructure.notifications.subscribe(CHANNEL, (payload) => {
        if (payload === mark) resolve();
      });
    });
    await app.rows('select pg_notify($1, $2)', [CHANNEL, mark]);
    await heard;
    await tenant.operator.get(RULES);
  };

  for (let count = 0; count < size; count += 1) {
    await insertKey();
    await insertRule(tenant.id);
    await insertRule(PLATFORM_ID);
  }

  return {
    /** One that is left when there is room for another one. */
    async anApiKey(): Promise<string> {
      await app.rows("delete from api_keys where tenant_id = $1 and name <> 'Kiosk'", [tenant.id]);
      return insertKey();
    },
    /** A rule that is not there yet. */
    async ipRuleFields() {
      await readRules();
      return { action: 'deny', cidr: aNetwork() };
    },
    /** The id of a rule of the tenant, and of one of the platform. */
    async anIpRule(): Promise<string> {
      const id = randomUUID();
      await insertRule(tenant.id, id);
      await insertRule(PLATFORM_ID, id);
      await readRules();
      return id;
    },
  };
}
