import jwt from 'jsonwebtoken';
import pg from 'pg';
import { uuidv7 } from 'uuidv7';
import { composeIdentity } from '../../../src/composition/identity.ts';
import { createInfrastructure } from '../../../src/composition/infrastructure.ts';
import type { TenantRole } from '../../../src/services/identity/roles.ts';
import type { CreateUserInput } from '../../../src/services/identity/user.service.ts';
import type { Context, PlatformScope } from '../../../src/types/context.ts';
import {
  anonymousContext,
  platformScope,
  selfScope,
  systemContext,
  tenantScope,
} from '../../../src/types/context-factory.ts';
import type { CookieJar } from '../../../src/types/cookie-jar.ts';
import type { User } from '../../../src/types/identity/user.ts';
import { asTenantId, type TenantId } from '../../../src/types/ids.ts';
import type { AccessTokenClaims } from '../../../src/validators/identity/access-token.schema.ts';
import { LoginRequest, RefreshRequest } from '../../../src/validators/identity/auth.schema.ts';
import { cloneTemplateDatabase } from '../../support/template-database.ts';
import { testSettings } from '../../support/test-settings.ts';

type ClonedDatabase = Awaited<ReturnType<typeof cloneTemplateDatabase>>;

export const PASSWORD = 'correct horse battery staple';

/** A request without cookies, whose answer sets none. */
export const noCookies: CookieJar = { get: () => undefined, set: () => undefined };

/** What somebody has who signed in. */
export interface SignedInPerson {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly claims: AccessTokenClaims;
}

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined, debug: () => undefined };

/** Identity as one process runs it. `settings` of two processes on one database must agree on JWT_KEYS. */
export function startProcess(database: ClonedDatabase, settings: Record<string, string> = {}) {
  const log = { ...silent, flush: () => undefined };
  const infrastructure = createInfrastructure(testSettings(database, settings), { log });
  const identity = composeIdentity(infrastructure);
  return {
    infrastructure,
    identity,
    async close() {
      await infrastructure.notifications.close();
      await infrastructure.connections.close();
    },
  };
}

export type IdentityFixture = Awaited<ReturnType<typeof startIdentity>>;

/** Identity on a database of its own, with what tests need to fill it and to look into it. */
export async function startIdentity(settings: Record<string, string> = {}) {
  const database = await cloneTemplateDatabase();
  const admin = new pg.Pool({ connectionString: database.adminUrl, max: 2 });
  const process = startProcess(database, settings);
  const { identity, infrastructure } = process;
  await infrastructure.notifications.start();
  const { users, memberships, passwords } = identity.services;
  const system = systemContext(platformScope, 'test');
  const passwordHash = await passwords.hash(PASSWORD);
  const { accessTokens } = identity.services;
  let count = 0;

  return {
    database,
    identity,
    infrastructure,
    auth: identity.controllers.auth,

    /** What really stands in the tables. */
    async rows<Row extends pg.QueryResultRow = Record<string, unknown>>(
      text: string,
      values: unknown[] = [],
    ): Promise<Row[]> {
      const result: pg.QueryResult<Row> = await admin.query(text, values);
      return result.rows;
    },

    /** Runs a statement in a transaction that stays open until the returned function is called. */
    async hold(text: string, values: unknown[]): Promise<() => Promise<void>> {
      const client = await admin.connect();
      await client.query('begin');
      await client.query(text, values);
      return async () => {
        await client.query('commit');
        client.release();
      };
    },

    addUser(input: Partial<CreateUserInput> = {}): Promise<User> {
      count += 1;
      const user = { email: `user${count}@lakeside.example`, name: `User ${count}`, type: 'PLATFORM_USER' } as const;
      return infrastructure.tx.run(system, (txCtx) => users.createUser(txCtx, { ...user, passwordHash, ...input }));
    },

    addOperator(): Promise<User> {
      return this.addUser({ type: 'ADMIN_USER', platformRole: 'admin' });
    },

    async addTenant(slug: string, status = 'active'): Promise<TenantId> {
      const id = asTenantId(uuidv7());
      await admin.query(
        `insert into tenants (id, name, slug, email, country, currency, time_zone, status, updated_at)
         values ($1, $2, $2, $2 || '@example.com', 'IN', 'INR', 'Asia/Kolkata', $3::tenant_status, now())`,
        [id, slug, status],
      );
      return id;
    },

    async addMember(userId: string, tenantId: TenantId, role: TenantRole = 'owner'): Promise<void> {
      await infrastructure.tx.run(system, (txCtx) => memberships.add(txCtx, { tenantId, userId, role }));
    },

    /** Signs somebody in, past no second factor. */
    async signIn(email: string, subdomain?: string): Promise<SignedInPerson> {
      const body = LoginRequest.parse({ email, password: PASSWORD, subdomain });
      const answer = await identity.controllers.auth.login(publicRequest('session.created'), body, noCookies);
      if (answer.status !== 'signed_in') throw new Error(`Signed in as far as ${answer.status}`);
      const { accessToken, refreshToken } = answer;
      if (accessToken === undefined || refreshToken === undefined) throw new Error('There are tokens missing');
      return { accessToken, refreshToken, claims: accessTokens.readClaims(jwt.decode(accessToken)) };
    },

    /** Exchanges a refresh token as a client that keeps its tokens itself. */
    async refresh(refreshToken: string, tenantId?: TenantId | null) {
      const body = RefreshRequest.parse({ refreshToken, tenantId });
      const answer = await identity.controllers.auth.refresh(publicRequest('session.refreshed'), body, noCookies);
      const { accessToken, refreshToken: successor } = answer;
      if (accessToken === undefined || successor === undefined) throw new Error('There are tokens missing');
      return { ...answer, accessToken, refreshToken: successor };
    },

    /** The request of somebody who has signed in. */
    requestOf: ({ claims }: SignedInPerson, auditAction: string): Context => ({
      ...publicRequest(auditAction),
      actor: {
        type: 'user',
        id: claims.userId,
        name: claims.name,
        email: claims.email,
        userType: claims.type,
        role: claims.role,
        sessionId: claims.sid,
        impersonatorId: null,
      },
      scope: claims.tenantId === undefined ? selfScope : tenantScope(claims.tenantId),
    }),

    async close() {
      await process.close();
      await admin.end();
      await database.drop();
    },
  };
}

/** A request that nobody has signed in for. */
export const publicRequest = (auditAction: string): Context<PlatformScope> =>
  anonymousContext('test-request', { ipAddress: '203.0.113.7', userAgent: 'test agent' }, auditAction);

/** The error's code, and everything that a client would see of it. */
export async function refusalOf(work: Promise<unknown>): Promise<{ code: unknown; message: string; details: unknown }> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('It was not refused');
  return {
    code: 'code' in error ? error.code : undefined,
    message: error.message,
    details: 'details' in error ? error.details : undefined,
  };
}

/** Waits until `check` holds. @returns the milliseconds it took */
export async function until(check: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<number> {
  const startedAt = performance.now();
  while (!(await check())) {
    if (performance.now() - startedAt > timeoutMs) throw new Error('The condition was never met');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - startedAt;
}
