import type { IpRule } from '../../types/identity/ip-rule.ts';
import { createAddressSet } from '../../utils/cidr.ts';

/** The rules of a tenant or of the platform, ready to be asked. An address that is unknown is judged as one that no rule names. */
export interface IpRuleSet {
  /** Whether a rule denies the address. */
  denies(address: string | null): boolean;
  /** Whether no rule denies the address, and one allows it where there are any that allow. */
  permits(address: string | null): boolean;
}

export const everyAddress: IpRuleSet = { denies: () => false, permits: () => true };

export function createIpRuleSet(rules: readonly Pick<IpRule, 'action' | 'cidr'>[]): IpRuleSet {
  if (rules.length === 0) return everyAddress;
  const networksTo = (action: IpRule['action']) =>
    rules.filter((rule) => rule.action === action).map(({ cidr }) => cidr);
  const allowances = networksTo('allow');
  const denied = createAddressSet(networksTo('deny'));
  const allowed = createAddressSet(allowances);
  return {
    denies: (address) => denied.has(address),
    permits: (address) => !denied.has(address) && (allowances.length === 0 || allowed.has(address)),
  };
}
