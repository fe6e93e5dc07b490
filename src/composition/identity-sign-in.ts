import { createSignInService, type SecondFactorCheck } from '../services/identity/sign-in.service.ts';
import { createSignInRefusals } from '../services/identity/sign-in-refusals.service.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

/** Signing in with a password. */
export function composeSignIn(
  { events, tx, log }: IdentityCoreNeeds,
  core: IdentityCore,
  secondFactor: SecondFactorCheck,
) {
  const { repositories, passwords, throttles, signInThrottles, devices, loginAttempts, securityLog, completion } = core;
  const { users, memberships, authenticators } = repositories;
  const refusals = createSignInRefusals({ memberships, loginAttempts, throttles, securityLog, events, tx, log });
  const signIn = createSignInService({
    users,
    authenticators,
    passwords,
    throttles: signInThrottles,
    devices,
    refusals,
    completion,
    secondFactor,
  });
  return { services: { signIn } };
}
