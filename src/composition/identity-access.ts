import { createInvitationController } from '../controllers/identity/invitation.controller.ts';
import { createMemberController } from '../controllers/identity/member.controller.ts';
import { createRoleController } from '../controllers/identity/role.controller.ts';
import { createRoleAssignmentController } from '../controllers/identity/role-assignment.controller.ts';
import { createAccountRepository } from '../repositories/identity/account.repository.ts';
import { createInvitationRepository } from '../repositories/identity/invitation.repository.ts';
import { createRoleRepository } from '../repositories/identity/role.repository.ts';
import { createInvitationService } from '../services/identity/invitation.service.ts';
import { createInvitationAcceptanceService } from '../services/identity/invitation-acceptance.service.ts';
import { createMemberService } from '../services/identity/member.service.ts';
import type { MembershipService } from '../services/identity/membership.service.ts';
import { createMembershipChangeService } from '../services/identity/membership-change.service.ts';
import { createRoleService } from '../services/identity/role.service.ts';
import { createRoleAssignmentService } from '../services/identity/role-assignment.service.ts';
import type { UserService } from '../services/identity/user.service.ts';
import type { IdentityCore, IdentityCoreNeeds } from './identity-core.ts';

interface AccessNeeds {
  readonly userService: UserService;
  readonly membershipService: MembershipService;
}

/** Who may do what in a tenant: roles, members and invitations. */
export function composeAccess(
  { database, tx, audit, events, clock }: IdentityCoreNeeds,
  { repositories, oneTimeTokens, securityLog, passwords, passwordPolicy }: IdentityCore,
  { userService, membershipService }: AccessNeeds,
) {
  const { users, memberships } = repositories;
  const roleRepository = createRoleRepository({ database });
  const invitationRepository = createInvitationRepository({ database });
  const changes = createMembershipChangeService({ memberships });
  const roles = createRoleService({ roles: roleRepository, changes, tx, audit, securityLog });
  const assignments = createRoleAssignmentService({
    memberships,
    roles: roleRepository,
    changes,
    tx,
    audit,
    securityLog,
  });
  const invitations = createInvitationService({
    invitations: invitationRepository,
    changes,
    oneTimeTokens,
    tx,
    audit,
    events,
    securityLog,
    clock,
  });
  const acceptance = createInvitationAcceptanceService({
    invitations: invitationRepository,
    memberships,
    membershipService,
    users,
    userService,
    accounts: createAccountRepository({ database }),
    oneTimeTokens,
    passwordPolicy,
    passwords,
    tx,
    audit,
    securityLog,
  });
  const members = createMemberService({ memberships, changes, tx, audit, securityLog });
  return {
    services: { invitations, members },
    controllers: {
      roles: createRoleController({ roles }),
      roleAssignments: createRoleAssignmentController({ assignments }),
      members: createMemberController({ members }),
      invitations: createInvitationController({ invitations, acceptance }),
    },
  };
}
