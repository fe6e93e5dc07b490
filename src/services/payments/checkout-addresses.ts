import { appError } from '../../errors/app-error.ts';

export interface CheckoutAddressRules {
  /** Where payers may be sent: `https://app.rowhouse.example`. */
  readonly origins: readonly string[];
  /** Besides them this machine, with or without TLS: for development. */
  readonly allowsLocalhost: boolean;
}

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

function isAllowed(address: string, { origins, allowsLocalhost }: CheckoutAddressRules): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname, origin, username, password } = new URL(address);
  if (username !== '' || password !== '') return false;
  if (allowsLocalhost && LOCAL_HOSTS.has(hostname)) return protocol === 'http:' || protocol === 'https:';
  return protocol === 'https:' && origins.includes(origin);
}

/**
 * Payers are sent to our own pages only, so that nobody makes a link of ours lead elsewhere.
 * @throws AppError CHECKOUT_ADDRESS_REFUSED naming the fields
 */
export function requireAllowedAddresses(
  addresses: Readonly<Record<string, string>>,
  rules: CheckoutAddressRules,
): void {
  const refused = Object.entries(addresses).filter(([, address]) => !isAllowed(address, rules));
  if (refused.length === 0) return;
  throw appError('CHECKOUT_ADDRESS_REFUSED', {
    details: refused.map(([field]) => ({
      path: `body.${field}`,
      message: 'Must be an https address of an allowed origin',
    })),
  });
}
