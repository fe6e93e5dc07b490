import { createHash, randomBytes } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { createPasswordHasher } from '../../src/services/identity/password-hasher.ts';
import type { Callers } from './limit-callers.ts';
import type { LimitDatabase } from './limit-database.ts';
import { Refusal } from './limit-requests.ts';
import type { ProductStatements } from './product-statements.ts';

export interface LimitSignInDeps {
  readonly database: LimitDatabase;
  readonly statements: ProductStatements;
  readonly callers: Callers;
}

const FIND_USER = 'select id, name, status, password_hash as "passwordHash" from users where email = $1';
const BCRYPT_COST = 12;

/** W4 by hand: the password, the membership, a session and its tokens. */
export function createLimitSignIn({ database, statements, callers }: LimitSignInDeps) {
  const { verify } = createPasswordHasher({ settings: { BCRYPT_COST } });
  return async ({ email, password }: { email: string; password: string }): Promise<string> => {
    const [user] = await database.query(FIND_USER, [email]);
    const { id: userId, name, status, passwordHash } = user ?? {};
    const matches = await verify(password, typeof passwordHash === 'string' ? passwordHash : null);
    if (!matches || status !== 'active') throw new Refusal(401, 'E-mail or password is wrong');
    const [membership] = await database.query(statements.listMemberships, [userId]);
    const { tenantId, role } = membership ?? {};
    const sid = uuidv7();
    const refreshId = uuidv7();
    const secret = randomBytes(32);
    const secretHash = createHash('sha256').update(secret).digest();
    const now = new Date().toISOString();
    await database.onConnection(async (query) => {
      await Promise.all([
        query('begin', []),
        query(statements.openSession, [
          ...[sid, userId, 'password', tenantId, false, false, '127.0.0.1', null],
          ...[90 * 24 * 60, refreshId, secretHash, 14],
        ]),
        query(statements.recordSignIn, [userId]),
        query(statements.appendAudit, [
          ...[tenantId, uuidv7(), now, 'session.opened', 'session', sid, 'user', userId, name, null],
          ...[sid, uuidv7(), '127.0.0.1', null, JSON.stringify({ after: { role } })],
        ]),
        query('commit', []),
      ]);
    });
    const accessToken = callers.sign({ sub: userId, userId, name, tenantId, sid, permissions: ['invoices:*'] });
    const refreshToken = `${refreshId}.${secret.toString('base64url')}`;
    return JSON.stringify({ success: true, data: { accessToken, tokenType: 'Bearer', expiresIn: 900, refreshToken } });
  };
}
