import type { User } from '../../types/identity/user.ts';

type AccountState = Pick<User, 'status' | 'platformRole'>;

/** Whether somebody has signed up with the address and nobody has proved yet that it is theirs. Operators are invited instead. */
export const awaitsVerification = ({ status, platformRole }: AccountState): boolean =>
  status === 'pending' && platformRole === null;

/** Whether whoever proves the address may have the account. */
export const isOpenToItsOwner = (user: AccountState): boolean => user.status === 'active' || awaitsVerification(user);
