import ipaddr from 'ipaddr.js';

const BITS_OF_PART = 16;

/**
 * The network that an address belongs to, at the length at which one subscriber is given addresses: an IPv4 address stands for
 * itself, also where it is mapped into IPv6; an IPv6 address for its first `bits` (a multiple of 16). What is no address stands
 * for itself.
 */
export function addressPrefix(address: string, bits: 48 | 64): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString();
  const parts = parsed.parts.slice(0, bits / BITS_OF_PART).map((part) => part.toString(16));
  return `${parts.join(':')}::/${bits}`;
}

export const isIPv6Network = (prefix: string): boolean => prefix.includes('/');
