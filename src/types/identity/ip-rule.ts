import type { PageRequest, SortOrder } from '../page.ts';

export type IpRuleAction = 'allow' | 'deny';

/** What holds for the addresses of a network. */
export interface IpRule {
  readonly id: string;
  readonly action: IpRuleAction;
  /** In its canonical form. */
  readonly cidr: string;
  readonly note: string | null;
  readonly createdAt: string;
}

export interface IpRuleFilter extends PageRequest<SortOrder<'createdAt'>> {
  readonly action?: IpRuleAction | undefined;
}
