-- AlterTable
ALTER TABLE "users" ADD COLUMN     "avatar_url" TEXT,
ADD COLUMN     "password_changed_at" TIMESTAMPTZ(3),
ADD COLUMN     "platform_permissions" JSONB,
ADD COLUMN     "two_factor_required" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "home_tenant_id" UUID,
ADD COLUMN     "is_restricted" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "method" TEXT NOT NULL DEFAULT 'password',
ADD COLUMN     "two_factor_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "emails" ADD COLUMN     "sealed_secret" BYTEA;

-- CreateTable
CREATE TABLE "totp_authenticators" (
    "user_id" UUID NOT NULL,
    "sealed_secret" BYTEA NOT NULL,
    "last_step" INTEGER NOT NULL DEFAULT 0,
    "confirmed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "totp_authenticators_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "recovery_codes" (
    "user_id" UUID NOT NULL,
    "code_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "recovery_codes_pkey" PRIMARY KEY ("user_id","code_hash")
);

-- CreateTable
CREATE TABLE "sign_in_challenges" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "method" TEXT NOT NULL,
    "wanted_tenant_id" UUID,
    "session_id" UUID,
    "attempts_left" INTEGER NOT NULL DEFAULT 5,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "sign_in_challenges_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_tokens" (
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "browser_hash" BYTEA,
    "confirmation_code_hash" BYTEA,
    "attempts_left" INTEGER NOT NULL DEFAULT 5,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "one_time_tokens_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "throttles" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "user_id" UUID,
    "count" INTEGER NOT NULL,
    "blocked_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "throttles_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "security_policies" (
    "tenant_id" UUID NOT NULL,
    "password_min_length" INTEGER NOT NULL,
    "two_factor" TEXT NOT NULL,
    "magic_links" BOOLEAN NOT NULL,
    "session_days" INTEGER NOT NULL,
    "session_idle_days" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "security_policies_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "ip_rules" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "action" TEXT NOT NULL,
    "cidr" TEXT NOT NULL,
    "note" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ip_rules_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "security_events" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "user_id" UUID,
    "actor_id" UUID,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "details" JSONB NOT NULL DEFAULT '{}',
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "security_events_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "login_attempts" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "user_id" UUID,
    "email" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "known_device" BOOLEAN NOT NULL DEFAULT false,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "login_attempts_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "roles" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "permissions" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "roles_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "role_assignments" (
    "tenant_id" UUID NOT NULL,
    "membership_id" UUID NOT NULL,
    "role_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "role_assignments_pkey" PRIMARY KEY ("tenant_id","membership_id","role_id")
);

-- CreateTable
CREATE TABLE "invitations" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "invited_by" UUID NOT NULL,
    "accepted_by" UUID,
    "accepted_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "public_id" TEXT NOT NULL,
    "secret_hash" BYTEA NOT NULL,
    "last_four" TEXT NOT NULL,
    "previous_secret_hash" BYTEA,
    "previous_expires_at" TIMESTAMPTZ(3),
    "scopes" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "allowed_cidrs" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "rate_limit_per_minute" INTEGER,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "last_used_at" TIMESTAMPTZ(3),
    "last_used_ip" TEXT,
    "created_by" UUID NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "impersonations" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "impersonator_id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "session_id" UUID NOT NULL,
    "mode" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "ticket" TEXT,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "impersonations_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "sign_in_challenges_user_id_idx" ON "sign_in_challenges"("user_id");

-- CreateIndex
CREATE INDEX "sign_in_challenges_expires_at_idx" ON "sign_in_challenges"("expires_at");

-- CreateIndex
CREATE INDEX "one_time_tokens_expires_at_idx" ON "one_time_tokens"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_tokens_purpose_subject_id_key" ON "one_time_tokens"("purpose", "subject_id");

-- CreateIndex
CREATE UNIQUE INDEX "throttles_key_key" ON "throttles"("key");

-- CreateIndex
CREATE INDEX "throttles_user_id_idx" ON "throttles"("user_id");

-- CreateIndex
CREATE INDEX "throttles_updated_at_idx" ON "throttles"("updated_at");

-- CreateIndex
CREATE INDEX "throttles_blocked_until_id_idx" ON "throttles"("blocked_until", "id");

-- CreateIndex
CREATE INDEX "ip_rules_tenant_id_created_at_id_idx" ON "ip_rules"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ip_rules_tenant_id_cidr_key" ON "ip_rules"("tenant_id", "cidr");

-- CreateIndex
CREATE INDEX "security_events_tenant_id_occurred_at_id_idx" ON "security_events"("tenant_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "security_events_tenant_id_type_occurred_at_id_idx" ON "security_events"("tenant_id", "type", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "security_events_tenant_id_user_id_occurred_at_id_idx" ON "security_events"("tenant_id", "user_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "security_events_occurred_at_id_idx" ON "security_events"("occurred_at", "id");

-- CreateIndex
CREATE INDEX "login_attempts_tenant_id_occurred_at_id_idx" ON "login_attempts"("tenant_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "login_attempts_tenant_id_outcome_occurred_at_id_idx" ON "login_attempts"("tenant_id", "outcome", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "login_attempts_tenant_id_user_id_occurred_at_id_idx" ON "login_attempts"("tenant_id", "user_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "login_attempts_occurred_at_id_idx" ON "login_attempts"("occurred_at", "id");

-- CreateIndex
CREATE INDEX "roles_tenant_id_name_id_idx" ON "roles"("tenant_id", "name", "id");

-- CreateIndex
CREATE INDEX "role_assignments_tenant_id_role_id_idx" ON "role_assignments"("tenant_id", "role_id");

-- CreateIndex
CREATE INDEX "invitations_tenant_id_created_at_id_idx" ON "invitations"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "invitations_invited_by_idx" ON "invitations"("invited_by");

-- CreateIndex
CREATE INDEX "invitations_id_idx" ON "invitations"("id");

-- CreateIndex
CREATE INDEX "api_keys_tenant_id_created_at_id_idx" ON "api_keys"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "api_keys_created_by_idx" ON "api_keys"("created_by");

-- CreateIndex
CREATE INDEX "api_keys_public_id_idx" ON "api_keys"("public_id");

-- CreateIndex
CREATE INDEX "impersonations_tenant_id_created_at_id_idx" ON "impersonations"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "impersonations_impersonator_id_idx" ON "impersonations"("impersonator_id");

-- CreateIndex
CREATE INDEX "impersonations_session_id_idx" ON "impersonations"("session_id");

-- CreateIndex
CREATE INDEX "impersonations_user_id_idx" ON "impersonations"("user_id");

-- CreateIndex
CREATE INDEX "users_created_at_id_idx" ON "users"("created_at", "id");

-- CreateIndex
CREATE INDEX "users_type_created_at_id_idx" ON "users"("type", "created_at", "id");

-- CreateIndex
CREATE INDEX "users_status_created_at_id_idx" ON "users"("status", "created_at", "id");

-- CreateIndex
CREATE INDEX "memberships_tenant_id_created_at_id_idx" ON "memberships"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "sessions_home_tenant_id_created_at_idx" ON "sessions"("home_tenant_id", "created_at");

-- CreateIndex
CREATE INDEX "sessions_created_at_id_idx" ON "sessions"("created_at", "id");

-- AddForeignKey
ALTER TABLE "totp_authenticators" ADD CONSTRAINT "totp_authenticators_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "recovery_codes" ADD CONSTRAINT "recovery_codes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "sign_in_challenges" ADD CONSTRAINT "sign_in_challenges_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "throttles" ADD CONSTRAINT "throttles_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "roles" ADD CONSTRAINT "roles_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_assignments" ADD CONSTRAINT "role_assignments_tenant_id_membership_id_fkey" FOREIGN KEY ("tenant_id", "membership_id") REFERENCES "memberships"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_assignments" ADD CONSTRAINT "role_assignments_tenant_id_role_id_fkey" FOREIGN KEY ("tenant_id", "role_id") REFERENCES "roles"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_invited_by_fkey" FOREIGN KEY ("invited_by") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "impersonations" ADD CONSTRAINT "impersonations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "impersonations" ADD CONSTRAINT "impersonations_impersonator_id_fkey" FOREIGN KEY ("impersonator_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "impersonations" ADD CONSTRAINT "impersonations_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "impersonations" ADD CONSTRAINT "impersonations_session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "sessions"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Tables of tenants; the platform's own rows of the first three have the nil UUID.
call protect_tenant_table('security_policies');
call protect_tenant_table('ip_rules');
call protect_tenant_table('roles');
call protect_tenant_table('role_assignments');
call protect_tenant_table('invitations');
call protect_tenant_table('api_keys');
call protect_tenant_table('impersonations');
call protect_tenant_table('security_events');
call protect_tenant_table('login_attempts');
grant select, insert, update, delete on security_policies, ip_rules, roles, role_assignments, invitations, api_keys
  to rowhouse_tenant, rowhouse_platform;

-- Records of what happened: a tenant reads them, and adds to them, and changes nothing.
grant select on impersonations, login_attempts to rowhouse_tenant;
grant select, insert on security_events to rowhouse_tenant;
grant select, insert, delete on impersonations, login_attempts, security_events to rowhouse_platform;

-- People belong to several tenants: only the platform role reads what proves who they are.
grant select, insert, update, delete on totp_authenticators, recovery_codes, sign_in_challenges, one_time_tokens, throttles
  to rowhouse_platform;

create unique index roles_tenant_id_name_key on roles (tenant_id, lower(name));
create unique index invitations_one_pending on invitations (tenant_id, email) where status = 'pending';
-- What waits to be sealed: of one tenant, since each batch would else read all of a backlog, and the tenants that wait, from the
-- index alone.
create index audit_entries_unsealed_of_tenant on audit_entries (tenant_id, occurred_at, id) where sequence is null;
drop index audit_entries_unsealed;
create index audit_entries_unsealed on audit_entries (occurred_at, id) include (tenant_id) where sequence is null;
-- What an operator did, in whichever tenant.
create index audit_entries_actor on audit_entries (actor_id, occurred_at, id) where actor_id is not null;
create index audit_entries_impersonator on audit_entries (impersonator_id, occurred_at, id) where impersonator_id is not null;
create index users_search on users using gin (lower(name || ' ' || email) gin_trgm_ops);

alter table users add constraint users_platform_permissions_is_array
  check (platform_permissions is null or jsonb_typeof(platform_permissions) = 'array');
alter table sessions add constraint sessions_method_is_known
  check (method in ('password', 'magic_link', 'impersonation'));
alter table sign_in_challenges
  add constraint sign_in_challenges_kind_is_known check (kind in ('two_factor', 'enrolment')),
  add constraint sign_in_challenges_attempts_are_left check (attempts_left >= 0);
alter table one_time_tokens
  add constraint one_time_tokens_purpose_is_known
    check (purpose in ('email_verification', 'password_reset', 'magic_link', 'invitation', 'operator_invitation')),
  add constraint one_time_tokens_attempts_are_left check (attempts_left >= 0);
alter table security_policies
  add constraint security_policies_two_factor_is_known check (two_factor in ('optional', 'required')),
  add constraint security_policies_password_length_range check (password_min_length between 12 and 64),
  add constraint security_policies_session_range
    check (session_days between 1 and 365 and session_idle_days between 1 and session_days);
alter table ip_rules add constraint ip_rules_action_is_known check (action in ('allow', 'deny'));
alter table login_attempts add constraint login_attempts_outcome_is_known
  check (outcome in ('succeeded', 'failed', 'throttled', 'two_factor_required', 'two_factor_failed'));
alter table invitations
  add constraint invitations_status_is_known check (status in ('pending', 'accepted', 'revoked')),
  add constraint invitations_acceptance_is_whole check ((status = 'accepted') = (accepted_at is not null)),
  add constraint invitations_email_is_lower_case check (email = lower(email));
alter table api_keys
  add constraint api_keys_rotation_is_whole check ((previous_secret_hash is null) = (previous_expires_at is null)),
  add constraint api_keys_rate_limit_range check (rate_limit_per_minute between 1 and 100000);
alter table impersonations
  add constraint impersonations_mode_is_known check (mode in ('read_only', 'full')),
  add constraint impersonations_last_thirty_minutes check (expires_at <= created_at + interval '30 minutes');
