import { createHmac } from 'node:crypto';
import type { Environment } from '../../config/environment.ts';
import type { ThrottleRule } from '../../repositories/identity/throttle.repository.ts';
import type { Context } from '../../types/context.ts';
import { addressPrefix } from '../../utils/address-prefix.ts';
import { deriveKeys } from '../../utils/derived-keys.ts';
import type { ThrottleService } from './throttle.service.ts';

export interface MailBudgetDeps {
  readonly throttles: Pick<ThrottleService, 'tryReserve'>;
  readonly settings: Pick<Environment, 'ENCRYPTION_KEYS'>;
}

const HOUR = 3600;

/** No more than `times` within any hour: after the last one an hour without any. */
const perHour = (times: number): ThrottleRule => ({
  free: times,
  firstWait: HOUR,
  longestWait: HOUR,
  forgottenAfter: HOUR,
});

const PER_ACCOUNT = perHour(3);
const PER_ADDRESS = perHour(10);

export type MailBudget = ReturnType<typeof createMailBudget>;

/**
 * How many mails anybody can have sent to somebody: 3 an hour to one account and 10 an hour by one client, for verification,
 * password reset and magic link together. Addresses without an account are counted like those with one.
 */
export function createMailBudget({ throttles, settings }: MailBudgetDeps) {
  const [key] = deriveKeys(settings.ENCRYPTION_KEYS, 'mail-budget');

  return {
    /**
     * Counts a mail before it is sent.
     * @param email in lower case
     * @returns false when it must not be sent
     */
    async reserve(ctx: Context, email: string): Promise<boolean> {
      const account = createHmac('sha256', key).update(email).digest('base64url');
      const { ipAddress } = ctx.origin;
      const client = ipAddress === null ? 'unknown' : addressPrefix(ipAddress, 64);
      const { admitted } = await throttles.tryReserve(ctx, [
        { key: `mail_account:${account}`, kind: 'mail_account', userId: null, rule: PER_ACCOUNT },
        { key: `mail_address:${client}`, kind: 'mail_address', userId: null, rule: PER_ADDRESS },
      ]);
      return admitted;
    },
  };
}
