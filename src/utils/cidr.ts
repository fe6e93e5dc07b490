import { BlockList, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** What a text says of a network: its canonical form, or what is wrong with it. */
export type CidrReading = { readonly cidr: string } | { readonly problem: string };

/** Addresses of some networks. */
export interface AddressSet {
  /** @param address as a socket or a proxy names it; one that is none is in no set */
  has(address: string | null): boolean;
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const NOTATION = /^([0-9A-Fa-f:.]{2,45})(?:\/(0|[1-9]\d{0,2}))?$/;
const MAPPED_BITS = 96;

/**
 * Reads a network in CIDR notation (RFC 4632, RFC 4291); an address alone is a network of one. The canonical form is that of
 * RFC 5952, always with a prefix length, and IPv4 where the network is one of IPv4-mapped addresses. Bits behind the prefix must
 * be zero: 10.1.2.3/8 is more likely a mistake than 10.0.0.0/8.
 */
export function readCidr(text: string): CidrReading {
  const [, address = '', bits] = NOTATION.exec(text.trim()) ?? [];
  const parsed = parseAddress(address);
  if (parsed === null) return { problem: 'Must be a network such as 203.0.113.0/24 or 2001:db8::/32' };
  const [network, length] = unmapped(parsed, bits === undefined ? widthOf(parsed) : Number(bits));
  if (length > widthOf(network)) return { problem: `The prefix has at most ${widthOf(network)} bits` };
  const cidr = `${formOf(firstOf(network, length))}/${length}`;
  return `${formOf(network)}/${length}` === cidr ? { cidr } : { problem: `Did you mean ${cidr}?` };
}

/** Makes a set of networks in their canonical form. @throws RangeError for any other text */
export function createAddressSet(cidrs: readonly string[]): AddressSet {
  // One list each: Node takes an IPv4 address for a mapped one, which ::/0 would have.
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const cidr of cidrs) {
    const [address = '', length] = cidr.split('/');
    const network = parseAddress(address);
    if (network === null || length === undefined) throw new RangeError(`${cidr} is no network`);
    lists[network.kind()].addSubnet(address, Number(length), network.kind());
  }
  return {
    has(text) {
      if (text === null) return false;
      if (isIPv4(text)) return lists.ipv4.check(text, 'ipv4');
      const address = parseAddress(text.split('%', 1)[0] ?? '');
      if (address === null) return false;
      const [own] = unmapped(address, widthOf(address));
      return lists[own.kind()].check(own.toString(), own.kind());
    },
  };
}

/** Only the notations that everybody reads alike: no octal or hexadecimal parts, none left out, no zone. */
function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return ipaddr.IPv4.parse(text);
  // ipaddr.js takes ::10.0.0.1 for ::ffff:10.0.0.1, but not with a zero between.
  return isIPv6(text) && !text.includes('%') ? ipaddr.IPv6.parse(text.replace(/^::(?=\d+\.)/, '::0:')) : null;
}

/** ::ffff:10.0.0.0/104 is 10.0.0.0/8. */
function unmapped(address: Address, length: number): [Address, number] {
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && length >= MAPPED_BITS;
  return isMapped ? [address.toIPv4Address(), length - MAPPED_BITS] : [address, length];
}

const widthOf = (address: Address): number => (address instanceof ipaddr.IPv4 ? 32 : 128);

const formOf = (address: Address): string =>
  address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString();

function firstOf(address: Address, length: number): Address {
  const cidr = `${address.toNormalizedString()}/${length}`;
  return address instanceof ipaddr.IPv6
    ? ipaddr.IPv6.networkAddressFromCIDR(cidr)
    : ipaddr.IPv4.networkAddressFromCIDR(cidr);
}
