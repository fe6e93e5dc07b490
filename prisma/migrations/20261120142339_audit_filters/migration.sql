-- CreateIndex
CREATE INDEX "audit_entries_tenant_id_action_occurred_at_id_idx" ON "audit_entries"("tenant_id", "action", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "audit_entries_tenant_id_actor_id_occurred_at_id_idx" ON "audit_entries"("tenant_id", "actor_id", "occurred_at", "id");
