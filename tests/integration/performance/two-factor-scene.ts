import { randomUUID } from 'node:crypto';
import { generateSync } from 'otplib';
import { INVALIDATION_CHANNEL } from '../../../src/repositories/base/invalidation.repository.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import type { TestApp } from '../../support/test-app.ts';

const PASSWORD = 'a password of a careful person';
const STEP_MS = 30_000;

interface CarefulPerson {
  readonly email: string;
  readonly client: HttpClient;
  readonly recoveryCodes: readonly string[];
  /** The code that comes after the one that set the authenticator up. */
  nextCode(): string;
}

/** People with a second factor: each is somebody new, and a member of every tenant that there is. */
export function twoFactorScene(app: TestApp) {
  let latest: CarefulPerson | null = null;

  const post = async (client: HttpClient, path: string, body: unknown): Promise<HttpAnswer['body']> => {
    const answer = await client.post(path, body);
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.text}`);
    return answer.body.data;
  };

  /** Resolves when this process has heard that its sessions of the user must be read again. */
  const heardOf = (userId: string): Promise<void> =>
    new Promise((resolve) => {
      app.container.infrastructure.notifications.subscribe(INVALIDATION_CHANNEL, (payload) => {
        if (payload === `user:${userId}`) resolve();
      });
    });

  const aCarefulPerson = async (): Promise<CarefulPerson> => {
    const id = randomUUID();
    const email = `careful-${id}@rowhouse.example`;
    const passwordHash = await app.container.services.passwords.hash(PASSWORD);
    await app.rows(
      `insert into users (id, email, name, type, password_hash, email_verified_at, updated_at)
       values ($1, $2, 'Careful', 'PLATFORM_USER', $3, now(), now())`,
      [id, email, passwordHash],
    );
    await app.rows(
      `insert into memberships (tenant_id, id, user_id, role, updated_at)
       select tenants.id, gen_random_uuid(), users.id, 'owner', now() from tenants, users where users.email = $1`,
      [email],
    );
    const { accessToken } = await post(app.http, '/api/auth/login', { email, password: PASSWORD });
    const client = app.http.with({ authorization: `Bearer ${accessToken}` });
    const { otpauthUri, challengeToken } = await post(client, '/api/auth/2fa/setup', { password: PASSWORD });
    const heard = heardOf(id);
    const { recoveryCodes } = await post(app.http, '/api/auth/2fa/verify', {
      challengeToken,
      code: codeOf(otpauthUri),
    });
    await heard;
    await client.get('/api/auth/me');
    latest = { email, client, recoveryCodes, nextCode: () => codeOf(otpauthUri, STEP_MS) };
    return latest;
  };

  const codeOf = (otpauthUri: string, aheadMs = 0): string => {
    const secret = new URL(otpauthUri).searchParams.get('secret') ?? '';
    return generateSync({ secret, epoch: Math.floor((Date.now() + aheadMs) / 1000) });
  };

  return {
    /** Somebody new with a second factor, signed in. */
    signInCarefully: async (): Promise<HttpClient> => (await aCarefulPerson()).client,

    /** What the last one who has signed in carefully can prove. */
    carefulProof(): { password: string; recoveryCode: string | undefined } {
      return { password: PASSWORD, recoveryCode: latest?.recoveryCodes[0] };
    },

    /** The answer to the challenge of somebody new. */
    async aChallengeAnswer(): Promise<{ challengeToken: string; code: string }> {
      const { email, nextCode } = await aCarefulPerson();
      const { challengeToken } = await post(app.http, '/api/auth/login', { email, password: PASSWORD });
      return { challengeToken, code: nextCode() };
    },
  };
}
