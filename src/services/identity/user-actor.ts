import type { Actor } from '../../types/context.ts';
import type { User } from '../../types/identity/user.ts';

/** A user as the actor of what they do in a session. */
export const actingUser = (user: User, role: string, sessionId: string | null): Actor => ({
  type: 'user',
  id: user.id,
  name: user.name,
  email: user.email,
  userType: user.type,
  role,
  sessionId,
  impersonatorId: null,
});
