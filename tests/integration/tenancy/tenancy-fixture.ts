import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import type { HttpClient } from '../../support/http-client.ts';
import { signIn } from '../../support/people.ts';
import { startTestApp, type TestApp, type TestAppOptions } from '../../support/test-app.ts';

export const PASSWORD = 'correct horse battery staple';

type Fields = Record<string, unknown>;

/** A tenant that was made through the API, and its owner's client. */
export interface MadeTenant {
  readonly id: string;
  readonly slug: string;
  readonly ownerEmail: string;
  readonly owner: HttpClient;
}

export type Platform = Awaited<ReturnType<typeof startPlatform>>;

/** An app with an operator and one plan that has a trial. */
export async function startPlatform(options: TestAppOptions = {}) {
  const app = await startTestApp(options);
  const passwordHash = await app.container.services.passwords.hash(PASSWORD);
  let count = 0;

  const addUser = async (email: string, platformRole: string | null): Promise<string> => {
    const id = uuidv7();
    await app.rows(
      `insert into users (id, email, name, type, platform_role, password_hash, updated_at)
       values ($1, $2, $2, $3::user_type, $4, $5, now())`,
      [id, email, platformRole === null ? 'PLATFORM_USER' : 'ADMIN_USER', platformRole, passwordHash],
    );
    return id;
  };

  const signInAt = (email: string, at: TestApp = app): Promise<HttpClient> => signIn(at, email, PASSWORD);

  const operatorId = await addUser('operator@rowhouse.example', 'super_admin');
  const operator = await signInAt('operator@rowhouse.example');

  const addPlan = async (fields: Fields = {}): Promise<string> => {
    count += 1;
    const plan = {
      code: `plan-${count}`,
      name: `Plan ${count}`,
      currency: 'INR',
      monthlyPrice: '999.00',
      annualPrice: '9990.00',
      trialDays: 14,
    };
    const answer = await operator.post('/api/revenue/plans', { ...plan, ...fields });
    if (answer.status !== 201) throw new Error(`The plan was refused: ${answer.text}`);
    return answer.body.data.id;
  };

  const planId = await addPlan();

  /** What POST /api/tenants takes, with a slug and an owner of its own. */
  const tenantBody = (fields: Fields = {}) => {
    count += 1;
    return {
      name: `Library ${count}`,
      slug: `library-${count}`,
      email: `hello${count}@library.example`,
      country: 'IN',
      currency: 'INR',
      timeZone: 'Asia/Kolkata',
      owner: { name: `Owner ${count}`, email: `owner${count}@library.example`, password: PASSWORD },
      ...fields,
    };
  };

  return {
    app,
    operator,
    operatorId,
    planId,
    addPlan,
    addUser,
    signIn: signInAt,
    tenantBody,

    async addTenant(fields: Fields = {}): Promise<MadeTenant> {
      const body = tenantBody(fields);
      const answer = await operator.post('/api/tenants', body);
      if (answer.status !== 201) throw new Error(`The tenant was refused: ${answer.text}`);
      const { email } = body.owner;
      return { id: answer.body.data.id, slug: body.slug, ownerEmail: email, owner: await signInAt(email) };
    },

    /** Makes calls meet at a tenant's row: holds it until each of them waits for it, so that whatever they read before is old. */
    async meetingAt<T>(tenantId: string, calls: readonly (() => Promise<T>)[]): Promise<T[]> {
      const holder = new pg.Client({ connectionString: app.database.adminUrl });
      await holder.connect();
      try {
        await holder.query('begin');
        await holder.query('select from tenants where id = $1 for update', [tenantId]);
        const answers = Promise.all(calls.map((call) => call()));
        for (let waiting = 0; waiting < calls.length; ) {
          const [row] = await app.rows<{ waiting: string }>(
            "select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
          );
          waiting = Number(row?.waiting);
        }
        await holder.query('commit');
        return await answers;
      } finally {
        await holder.end();
      }
    },

    /** Somebody with a role in a tenant. */
    async addMember(tenantId: string, role: string): Promise<HttpClient> {
      count += 1;
      const email = `${role}${count}@library.example`;
      const userId = await addUser(email, null);
      await app.rows(
        'insert into memberships (tenant_id, id, user_id, role, updated_at) values ($1, $2, $3, $4, now())',
        [tenantId, uuidv7(), userId, role],
      );
      return signInAt(email);
    },
  };
}
