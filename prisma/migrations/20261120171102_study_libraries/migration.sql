-- CreateTable
CREATE TABLE "tenant_settings" (
    "tenant_id" UUID NOT NULL,
    "values" JSONB NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tenant_settings_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "tenant_brandings" (
    "tenant_id" UUID NOT NULL,
    "tokens" JSONB NOT NULL,
    "logo_storage_key" TEXT,
    "logo_content_type" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tenant_brandings_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "onboarding_steps" (
    "tenant_id" UUID NOT NULL,
    "step" TEXT NOT NULL,
    "completed_by" UUID,
    "completed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "onboarding_steps_pkey" PRIMARY KEY ("tenant_id","step")
);

-- CreateTable
CREATE TABLE "libraries" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "description" TEXT,
    "address_lines" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "phone" TEXT,
    "email" TEXT,
    "seats" INTEGER NOT NULL,
    "opening_hours" JSONB NOT NULL DEFAULT '[]',
    "time_zone" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'active',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "libraries_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "files" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" BYTEA NOT NULL,
    "storage_key" TEXT NOT NULL,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "stored_at" TIMESTAMPTZ(3),

    CONSTRAINT "files_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "platform_users" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "phone" TEXT,
    "status" TEXT NOT NULL DEFAULT 'active',
    "library_id" UUID,
    "user_id" UUID,
    "reference" TEXT,
    "notes" TEXT,
    "import_id" UUID,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "platform_users_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "guardianships" (
    "tenant_id" UUID NOT NULL,
    "parent_id" UUID NOT NULL,
    "student_id" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "guardianships_pkey" PRIMARY KEY ("tenant_id","parent_id","student_id")
);

-- CreateTable
CREATE TABLE "configurations" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "category" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "data_type" TEXT NOT NULL,
    "value" JSONB,
    "default_value" JSONB,
    "is_required" BOOLEAN NOT NULL DEFAULT false,
    "validation_rules" JSONB,
    "description" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "configurations_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "configuration_versions" (
    "tenant_id" UUID NOT NULL,
    "configuration_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "data_type" TEXT NOT NULL,
    "value" JSONB,
    "default_value" JSONB,
    "is_required" BOOLEAN NOT NULL,
    "validation_rules" JSONB,
    "description" TEXT,
    "changed_by" UUID,
    "changed_by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "configuration_versions_pkey" PRIMARY KEY ("tenant_id","configuration_id","version")
);

-- CreateIndex
CREATE INDEX "libraries_tenant_id_created_at_id_idx" ON "libraries"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "libraries_tenant_id_name_id_idx" ON "libraries"("tenant_id", "name", "id");

-- CreateIndex
CREATE INDEX "libraries_tenant_id_status_created_at_id_idx" ON "libraries"("tenant_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "files_tenant_id_created_at_id_idx" ON "files"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "files_tenant_id_name_id_idx" ON "files"("tenant_id", "name", "id");

-- CreateIndex
CREATE INDEX "files_tenant_id_size_id_idx" ON "files"("tenant_id", "size", "id");

-- CreateIndex
CREATE INDEX "platform_users_tenant_id_created_at_id_idx" ON "platform_users"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "platform_users_tenant_id_kind_created_at_id_idx" ON "platform_users"("tenant_id", "kind", "created_at", "id");

-- CreateIndex
CREATE INDEX "platform_users_tenant_id_kind_name_id_idx" ON "platform_users"("tenant_id", "kind", "name", "id");

-- CreateIndex
CREATE INDEX "platform_users_tenant_id_status_created_at_id_idx" ON "platform_users"("tenant_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "platform_users_tenant_id_name_id_idx" ON "platform_users"("tenant_id", "name", "id");

-- CreateIndex
CREATE INDEX "platform_users_tenant_id_library_id_created_at_id_idx" ON "platform_users"("tenant_id", "library_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "platform_users_tenant_id_import_id_idx" ON "platform_users"("tenant_id", "import_id");

-- CreateIndex
CREATE UNIQUE INDEX "platform_users_tenant_id_email_key" ON "platform_users"("tenant_id", "email");

-- CreateIndex
CREATE INDEX "guardianships_tenant_id_student_id_idx" ON "guardianships"("tenant_id", "student_id");

-- CreateIndex
CREATE UNIQUE INDEX "configurations_tenant_id_category_key_key" ON "configurations"("tenant_id", "category", "key");

-- AddForeignKey
ALTER TABLE "tenant_settings" ADD CONSTRAINT "tenant_settings_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_brandings" ADD CONSTRAINT "tenant_brandings_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "onboarding_steps" ADD CONSTRAINT "onboarding_steps_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "libraries" ADD CONSTRAINT "libraries_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "files" ADD CONSTRAINT "files_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "platform_users" ADD CONSTRAINT "platform_users_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "platform_users" ADD CONSTRAINT "platform_users_tenant_id_library_id_fkey" FOREIGN KEY ("tenant_id", "library_id") REFERENCES "libraries"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guardianships" ADD CONSTRAINT "guardianships_tenant_id_parent_id_fkey" FOREIGN KEY ("tenant_id", "parent_id") REFERENCES "platform_users"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "guardianships" ADD CONSTRAINT "guardianships_tenant_id_student_id_fkey" FOREIGN KEY ("tenant_id", "student_id") REFERENCES "platform_users"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "configurations" ADD CONSTRAINT "configurations_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "configuration_versions" ADD CONSTRAINT "configuration_versions_tenant_id_configuration_id_fkey" FOREIGN KEY ("tenant_id", "configuration_id") REFERENCES "configurations"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

call protect_tenant_table('tenant_settings');
call protect_tenant_table('tenant_brandings');
call protect_tenant_table('onboarding_steps');
call protect_tenant_table('libraries');
call protect_tenant_table('files');
call protect_tenant_table('platform_users');
call protect_tenant_table('guardianships');
call protect_tenant_table('configurations');
call protect_tenant_table('configuration_versions');
grant select, insert, update, delete on
  tenant_settings, tenant_brandings, onboarding_steps, libraries, files, platform_users, guardianships, configurations
  to rowhouse_tenant, rowhouse_platform;
-- What a configuration was is never rewritten.
grant select, insert on configuration_versions to rowhouse_tenant;
grant select, insert, delete on configuration_versions to rowhouse_platform;

create unique index libraries_tenant_id_code_key on libraries (tenant_id, lower(code));
create index platform_users_search on platform_users using gin (lower(name || ' ' || email) gin_trgm_ops);

alter table tenant_settings add constraint tenant_settings_is_object check (jsonb_typeof("values") = 'object');
alter table tenant_brandings
  add constraint tenant_brandings_is_object check (jsonb_typeof(tokens) = 'object'),
  add constraint tenant_brandings_logo_is_whole check ((logo_storage_key is null) = (logo_content_type is null));
alter table libraries
  add constraint libraries_status_is_known check (status in ('active', 'closed')),
  add constraint libraries_seats_range check (seats between 1 and 100000),
  add constraint libraries_opening_hours_is_list check (jsonb_typeof(opening_hours) = 'array');
create index files_abandoned on files (created_at) where stored_at is null;
alter table files add constraint files_size_is_not_negative check (size >= 0);
alter table platform_users
  add constraint platform_users_kind_is_known check (kind in ('owner', 'student', 'parent', 'staff')),
  add constraint platform_users_status_is_known check (status in ('active', 'inactive')),
  add constraint platform_users_email_is_lower_case check (email = lower(email));
alter table configurations
  add constraint configurations_data_type_is_known
    check (data_type in ('string', 'number', 'integer', 'boolean', 'object', 'array'));
