-- AlterTable
ALTER TABLE "tenants" ADD COLUMN     "purged_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "platform_user_imports" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "format" TEXT NOT NULL,
    "mode" TEXT NOT NULL,
    "file_name" TEXT NOT NULL,
    "sha256" BYTEA NOT NULL,
    "storage_key" TEXT,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "file_size" BIGINT NOT NULL,
    "bytes_read" BIGINT NOT NULL DEFAULT 0,
    "rows_read" INTEGER NOT NULL DEFAULT 0,
    "rows_imported" INTEGER NOT NULL DEFAULT 0,
    "rows_invalid" INTEGER NOT NULL DEFAULT 0,
    "error_count" INTEGER NOT NULL DEFAULT 0,
    "failure_code" TEXT,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "platform_user_imports_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "platform_user_import_rows" (
    "tenant_id" UUID NOT NULL,
    "import_id" UUID NOT NULL,
    "row_number" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "email" TEXT NOT NULL,
    "phone" TEXT,
    "status" TEXT NOT NULL,
    "library_id" UUID,
    "reference" TEXT,
    "notes" TEXT,
    "student_emails" TEXT[] DEFAULT ARRAY[]::TEXT[],

    CONSTRAINT "platform_user_import_rows_pkey" PRIMARY KEY ("tenant_id","import_id","row_number")
);

-- CreateTable
CREATE TABLE "platform_user_import_errors" (
    "tenant_id" UUID NOT NULL,
    "import_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "line" INTEGER NOT NULL,
    "column_name" TEXT,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "platform_user_import_errors_pkey" PRIMARY KEY ("tenant_id","import_id","position")
);

-- CreateTable
CREATE TABLE "data_exports" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "format" TEXT NOT NULL,
    "filter" JSONB NOT NULL DEFAULT '{}',
    "status" TEXT NOT NULL DEFAULT 'queued',
    "rows_written" INTEGER NOT NULL DEFAULT 0,
    "storage_key" TEXT,
    "size" BIGINT,
    "sha256" BYTEA,
    "failure_code" TEXT,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "data_exports_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "tenant_purges" (
    "tenant_id" UUID NOT NULL,
    "deleted_rows" JSONB NOT NULL DEFAULT '{}',
    "deleted_objects" INTEGER NOT NULL DEFAULT 0,
    "deleted_bytes" BIGINT NOT NULL DEFAULT 0,
    "kept_tables" JSONB NOT NULL DEFAULT '{}',
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "tenant_purges_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "organizations" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "collection" TEXT NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organizations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "organization_admins" (
    "id" UUID NOT NULL,
    "organization_id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "last_sign_in_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "organization_admins_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "platform_user_imports_tenant_id_created_at_id_idx" ON "platform_user_imports"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "platform_user_import_rows_tenant_id_import_id_email_key" ON "platform_user_import_rows"("tenant_id", "import_id", "email");

-- CreateIndex
CREATE INDEX "data_exports_tenant_id_kind_created_at_id_idx" ON "data_exports"("tenant_id", "kind", "created_at", "id");

-- CreateIndex
CREATE INDEX "data_exports_expires_at_idx" ON "data_exports"("expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "organizations_name_key_key" ON "organizations"("name_key");

-- CreateIndex
CREATE UNIQUE INDEX "organizations_collection_key" ON "organizations"("collection");

-- CreateIndex
CREATE UNIQUE INDEX "organization_admins_email_key" ON "organization_admins"("email");

-- CreateIndex
CREATE INDEX "organization_admins_organization_id_idx" ON "organization_admins"("organization_id");

-- AddForeignKey
ALTER TABLE "platform_user_imports" ADD CONSTRAINT "platform_user_imports_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "platform_user_import_rows" ADD CONSTRAINT "platform_user_import_rows_tenant_id_import_id_fkey" FOREIGN KEY ("tenant_id", "import_id") REFERENCES "platform_user_imports"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "platform_user_import_errors" ADD CONSTRAINT "platform_user_import_errors_tenant_id_import_id_fkey" FOREIGN KEY ("tenant_id", "import_id") REFERENCES "platform_user_imports"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "data_exports" ADD CONSTRAINT "data_exports_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "tenant_purges" ADD CONSTRAINT "tenant_purges_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "organization_admins" ADD CONSTRAINT "organization_admins_organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "organizations"("id") ON DELETE CASCADE ON UPDATE CASCADE;

call protect_tenant_table('platform_user_imports');
call protect_tenant_table('platform_user_import_rows');
call protect_tenant_table('platform_user_import_errors');
call protect_tenant_table('data_exports');
call protect_tenant_table('tenant_purges');
grant select, insert, update, delete on
  platform_user_imports, platform_user_import_rows, platform_user_import_errors, data_exports
  to rowhouse_tenant, rowhouse_platform;
-- The record of a purge is the operator's, and stays.
grant select on tenant_purges to rowhouse_tenant;
grant select, insert, update on tenant_purges to rowhouse_platform;
grant select, insert, update, delete on organizations, organization_admins to rowhouse_platform;

create index platform_user_imports_unfinished on platform_user_imports (updated_at) where status in ('queued', 'running');
create index data_exports_unfinished on data_exports (updated_at) where status in ('queued', 'running');
create index tenants_to_purge on tenants (deleted_at) where deleted_at is not null and purged_at is null;

alter table platform_user_imports
  add constraint platform_user_imports_format_is_known check (format in ('csv', 'json')),
  add constraint platform_user_imports_mode_is_known check (mode in ('all_or_nothing', 'skip_invalid')),
  add constraint platform_user_imports_status_is_known check (status in ('queued', 'running', 'succeeded', 'failed'));
alter table data_exports
  add constraint data_exports_kind_is_known check (kind in ('platform_users', 'tenant')),
  add constraint data_exports_format_is_known check (format in ('csv', 'xlsx', 'zip')),
  add constraint data_exports_status_is_known check (status in ('queued', 'running', 'succeeded', 'failed', 'expired')),
  add constraint data_exports_success_is_whole
    check (status <> 'succeeded' or (storage_key is not null and size is not null and sha256 is not null));

-- Storage of an organization's own: a schema, and a role that has rights there and nowhere else. A request takes the role on for
-- its transaction (docs/adr/0012-organizations.md). The name is made of the id, so that a rename changes a row and nothing else.
create function organization_schema(organization_id uuid) returns name
  language sql immutable parallel safe
  return ('org_' || replace(organization_id::text, '-', ''))::name;

create function create_organization_storage(organization_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  storage name := public.organization_schema(organization_id);
begin
  execute format('create role %I nologin noinherit', storage);
  execute format('grant %I to rowhouse_platform with inherit false, set true', storage);
  execute format('create schema %I', storage);
  execute format('grant usage on schema %I to %I', storage, storage);
  execute format($table$
    create table %I.documents (
      id uuid primary key,
      body jsonb not null check (jsonb_typeof(body) = 'object'),
      version integer not null default 1,
      created_at timestamptz(3) not null default now(),
      updated_at timestamptz(3) not null default now()
    )$table$, storage);
  execute format('create index documents_body on %I.documents using gin (body jsonb_path_ops)', storage);
  execute format('create index documents_created_at_id on %I.documents (created_at, id)', storage);
  execute format('grant select, insert, update, delete on %I.documents to %I', storage, storage);
end $$;

-- Only what no organization owns any more can be dropped.
create function drop_organization_storage(organization_id uuid) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  storage name := public.organization_schema(organization_id);
begin
  if exists (select from public.organizations where id = organization_id) then
    raise exception 'the storage of an organization that exists is not dropped' using errcode = 'object_in_use';
  end if;
  execute format('drop schema if exists %I cascade', storage);
  if exists (select from pg_roles where rolname = storage) then
    begin
      execute format('drop role %I', storage);
    exception
      -- Roles belong to the whole server: a copy of the database on it may still have the storage.
      when dependent_objects_still_exist then null;
    end;
  end if;
end $$;

revoke execute on function create_organization_storage(uuid), drop_organization_storage(uuid) from public;
grant execute on function create_organization_storage(uuid), drop_organization_storage(uuid) to rowhouse_platform;
