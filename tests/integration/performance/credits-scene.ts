import { randomUUID } from 'node:crypto';
import type { HttpClient } from '../../support/http-client.ts';
import type { TestTenant } from '../../support/people.ts';
import type { TestApp } from '../../support/test-app.ts';

const PLENTY = 1_000_000;

/** A wallet with `size` grants, each booked by an operation of its own, and the stock from which they came. */
export async function creditsScene(app: TestApp, operator: HttpClient, tenant: TestTenant, size: number) {
  const someCredits = { channel: 'sms', credits: 3 };
  const book = async (path: string, body: unknown): Promise<void> => {
    const answer = await operator.post(`/api/credits/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path} was refused: ${answer.text}`);
  };
  const [wallet] = await app.rows<{ id: string }>('select id from credit_wallets where tenant_id = $1', [tenant.id]);
  if (wallet === undefined) throw new Error('The tenant has no wallet');
  const walletId = wallet.id;
  const otherWalletId = randomUUID();
  await app.rows('insert into credit_wallets (tenant_id, id, updated_at) values (gen_random_uuid(), $1, now())', [
    otherWalletId,
  ]);
  await book('master-wallet/top-up', { ...someCredits, credits: PLENTY });
  for (let count = 0; count < size; count += 1) {
    await book(`wallets/${walletId}/add`, { ...someCredits, credits: 1000 });
  }
  return { walletId, otherWalletId, someCredits };
}
