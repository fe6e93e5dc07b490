-- DropIndex
DROP INDEX "audit_entries_tenant_id_resource_type_resource_id_idx";

-- CreateIndex
CREATE INDEX "invoices_tenant_id_number_id_idx" ON "invoices"("tenant_id", "number", "id");

-- CreateIndex
CREATE INDEX "invoices_due_at_id_idx" ON "invoices"("due_at", "id");

-- CreateIndex
CREATE INDEX "invoices_total_id_idx" ON "invoices"("total", "id");

-- CreateIndex
CREATE INDEX "invoices_number_id_idx" ON "invoices"("number", "id");

-- CreateIndex
CREATE INDEX "invoices_id_tenant_id_idx" ON "invoices"("id", "tenant_id");

-- CreateIndex
CREATE INDEX "audit_entries_tenant_id_resource_id_occurred_at_id_idx" ON "audit_entries"("tenant_id", "resource_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "audit_entries_tenant_id_resource_type_occurred_at_id_idx" ON "audit_entries"("tenant_id", "resource_type", "occurred_at", "id");

-- Prisma makes lists nullable; the product never writes a null and would not read one.
ALTER TABLE "tenants" ADD CONSTRAINT "tenants_address_lines_are_given" CHECK ("address_lines" IS NOT NULL);
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_address_lines_are_given" CHECK ("customer_address_lines" IS NOT NULL);
ALTER TABLE "plans" ADD CONSTRAINT "plans_features_are_given" CHECK ("features" IS NOT NULL);
