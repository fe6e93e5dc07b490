import { createHmac, randomBytes } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { anOperator, aPlan, aTenant } from '../../support/people.ts';
import { startTestApp } from '../../support/test-app.ts';

export const HEADER = { alg: 'HS256', typ: 'at+jwt', kid: 'current' } as const;
export const INVALID = { status: 401, code: 'TOKEN_INVALID' };

export const base64url = (value: string | Buffer) => Buffer.from(value).toString('base64url');
export const encode = (value: unknown) => base64url(JSON.stringify(value));
export const now = () => Math.floor(Date.now() / 1000);

export type Forgery = Awaited<ReturnType<typeof startForgery>>;

/** An app whose key is known here, a genuine token of it, and the means to make others of every form. */
export async function startForgery() {
  const secret = randomBytes(32);
  const app = await startTestApp({ settings: { JWT_KEYS: `current:${secret.toString('base64')}` } });
  await aPlan(app);
  const { ownerEmail } = await aTenant(app, await anOperator(app));
  const answer = await app.http.post('/api/auth/login', { email: ownerEmail, password: 'a password for tests only' });
  const genuine: string = answer.body.data.accessToken;
  const refreshToken: string = answer.body.data.refreshToken;
  const claims = jwt.decode(genuine, { json: true });
  if (claims === null) throw new Error('The token has no claims');

  const hmac = (input: string, key: Buffer | string = secret, hash = 'sha256') =>
    createHmac(hash, key).update(input).digest('base64url');
  const forge = (
    header: object,
    payload: object = claims,
    signature: (input: string) => string = (input) => hmac(input),
  ) => {
    const input = `${encode(header)}.${encode(payload)}`;
    return `${input}.${signature(input)}`;
  };

  return {
    app,
    secret,
    genuine,
    refreshToken,
    claims,
    /** Of the app's own key, unless another one is given. */
    hmac,
    forge,
    withHeader: (change: object) => forge({ ...HEADER, ...change }),
    withClaims: (change: object) => forge(HEADER, { ...claims, ...change }),
    /** From the texts of header and payload, under the app's own key: nothing but the form is wrong. */
    fromTexts(header: string, payload: string) {
      const input = `${base64url(header)}.${base64url(payload)}`;
      return `${input}.${hmac(input)}`;
    },
    async present(token: string) {
      const { status, body } = await app.http.get('/api/auth/me', { headers: { authorization: `Bearer ${token}` } });
      return { status, code: body?.error?.code };
    },
  };
}
