-- DropForeignKey
ALTER TABLE "credit_wallets" DROP CONSTRAINT "credit_wallets_tenant_id_fkey";

-- DropIndex
DROP INDEX "subscriptions_tenant_id_created_at_idx";

-- DropIndex
DROP INDEX "invoices_tenant_id_subscription_id_idx";

-- AlterTable
ALTER TABLE "plans" ADD COLUMN     "downgrade_policy" TEXT NOT NULL DEFAULT 'next_period',
ADD COLUMN     "proration_unit" TEXT NOT NULL DEFAULT 'second',
ADD COLUMN     "tax_rate_id" UUID,
ADD COLUMN     "upgrade_policy" TEXT NOT NULL DEFAULT 'prorate',
ADD COLUMN     "usage_prices" JSONB NOT NULL DEFAULT '{}';

-- AlterTable
ALTER TABLE "subscriptions" ADD COLUMN     "anchor_day" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "cancel_at_period_end" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "cancel_reason" TEXT,
ADD COLUMN     "ended_at" TIMESTAMPTZ(3),
ADD COLUMN     "metadata" JSONB NOT NULL DEFAULT '{}',
ADD COLUMN     "past_due_at" TIMESTAMPTZ(3),
ADD COLUMN     "paused_at" TIMESTAMPTZ(3),
ADD COLUMN     "payment_method_id" UUID,
ADD COLUMN     "pending_billing_cycle" "billing_cycle",
ADD COLUMN     "pending_plan_id" UUID,
ADD COLUMN     "pending_quantity" INTEGER,
ADD COLUMN     "resumes_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "invoices" ADD COLUMN     "amount_credited" DECIMAL(20,4) NOT NULL DEFAULT 0,
ADD COLUMN     "billing_reason" TEXT NOT NULL DEFAULT 'manual',
ADD COLUMN     "coupon_id" UUID,
ADD COLUMN     "finalizes_at" TIMESTAMPTZ(3),
ADD COLUMN     "period_end" TIMESTAMPTZ(3),
ADD COLUMN     "period_start" TIMESTAMPTZ(3),
ADD COLUMN     "place_of_supply" TEXT,
ADD COLUMN     "rounding_amount" DECIMAL(20,4) NOT NULL DEFAULT 0,
ADD COLUMN     "tax_behavior" TEXT NOT NULL DEFAULT 'exclusive',
ADD COLUMN     "tax_lines" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "tax_rounding" TEXT NOT NULL DEFAULT 'total',
ADD COLUMN     "written_off_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "invoice_items" ADD COLUMN     "kind" TEXT NOT NULL DEFAULT 'one_off',
ADD COLUMN     "period_end" TIMESTAMPTZ(3),
ADD COLUMN     "period_start" TIMESTAMPTZ(3),
ADD COLUMN     "product_code" TEXT;

-- AlterTable
ALTER TABLE "tenants" ADD COLUMN     "region" TEXT;

-- AlterTable
ALTER TABLE "credit_wallets" ADD COLUMN     "sequence" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "settled_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "credit_notes" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "invoice_id" UUID NOT NULL,
    "number" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "reason" TEXT NOT NULL,
    "subtotal" DECIMAL(20,4) NOT NULL,
    "tax_total" DECIMAL(20,4) NOT NULL,
    "rounding_amount" DECIMAL(20,4) NOT NULL DEFAULT 0,
    "total" DECIMAL(20,4) NOT NULL,
    "tax_lines" JSONB NOT NULL DEFAULT '[]',
    "document_key" TEXT,
    "issued_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_notes_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "credit_note_items" (
    "tenant_id" UUID NOT NULL,
    "credit_note_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "invoice_item_id" UUID NOT NULL,
    "description" TEXT NOT NULL,
    "amount" DECIMAL(20,4) NOT NULL,
    "tax_amount" DECIMAL(20,4) NOT NULL,
    "total" DECIMAL(20,4) NOT NULL,

    CONSTRAINT "credit_note_items_pkey" PRIMARY KEY ("tenant_id","credit_note_id","position")
);

-- CreateTable
CREATE TABLE "tax_rates" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "country" CHAR(2) NOT NULL,
    "region" TEXT,
    "percentage" DECIMAL(7,4) NOT NULL,
    "behavior" TEXT NOT NULL DEFAULT 'exclusive',
    "rounding" TEXT NOT NULL DEFAULT 'total',
    "round_total_to" DECIMAL(10,4),
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "tax_rates_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credit_grants" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "operation_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "credits" INTEGER NOT NULL,
    "used" INTEGER NOT NULL DEFAULT 0,
    "reserved" INTEGER NOT NULL DEFAULT 0,
    "spent" BOOLEAN NOT NULL DEFAULT false,
    "priority" INTEGER NOT NULL DEFAULT 50,
    "source" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credit_grants_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "credit_operations" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "wallet_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "channel" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "credits" INTEGER NOT NULL,
    "credits_after" BIGINT NOT NULL,
    "reference" TEXT,
    "description" TEXT,
    "expires_at" TIMESTAMPTZ(3),
    "reservation_id" UUID,
    "counterparty_id" UUID,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "credit_operations_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "credit_entries" (
    "tenant_id" UUID NOT NULL,
    "operation_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "wallet_id" UUID NOT NULL,
    "grant_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "account" TEXT NOT NULL,
    "credits" INTEGER NOT NULL,
    "effective_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_entries_pkey" PRIMARY KEY ("tenant_id","operation_id","position")
);

-- CreateTable
CREATE TABLE "credit_packages" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "sms_credits" INTEGER NOT NULL DEFAULT 0,
    "whatsapp_credits" INTEGER NOT NULL DEFAULT 0,
    "email_credits" INTEGER NOT NULL DEFAULT 0,
    "currency" CHAR(3) NOT NULL,
    "price" DECIMAL(20,4) NOT NULL,
    "valid_days" INTEGER,
    "status" TEXT NOT NULL DEFAULT 'active',
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_packages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "credit_purchases" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "package_id" UUID NOT NULL,
    "invoice_id" UUID NOT NULL,
    "payment_id" UUID,
    "quantity" INTEGER NOT NULL DEFAULT 1,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "granted_at" TIMESTAMPTZ(3),

    CONSTRAINT "credit_purchases_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "credit_custom_plans" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "sms_price" DECIMAL(20,4),
    "whatsapp_price" DECIMAL(20,4),
    "email_price" DECIMAL(20,4),
    "starts_at" TIMESTAMPTZ(3) NOT NULL,
    "ends_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_custom_plans_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "credit_prices" (
    "channel" TEXT NOT NULL,
    "country" CHAR(2) NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "unit_price" DECIMAL(20,4) NOT NULL,
    "credits" INTEGER NOT NULL DEFAULT 1,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_prices_pkey" PRIMARY KEY ("channel","country","currency")
);

-- CreateTable
CREATE TABLE "credit_alerts" (
    "tenant_id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "threshold" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "alerted_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "credit_alerts_pkey" PRIMARY KEY ("tenant_id","channel")
);

-- CreateTable
CREATE TABLE "ledger_transactions" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "cause" TEXT NOT NULL,
    "subject_type" TEXT NOT NULL,
    "subject_id" UUID NOT NULL,
    "reverses_id" UUID,
    "booked_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_transactions_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "ledger_entries" (
    "tenant_id" UUID NOT NULL,
    "transaction_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "account" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount" DECIMAL(20,4) NOT NULL,
    "booked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "ledger_entries_pkey" PRIMARY KEY ("tenant_id","transaction_id","position")
);

-- CreateTable
CREATE TABLE "payment_methods" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "gateway" TEXT NOT NULL,
    "gateway_customer_id" TEXT,
    "gateway_method_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "label" TEXT,
    "brand" TEXT,
    "last_four" TEXT,
    "expiry_month" INTEGER,
    "expiry_year" INTEGER,
    "country" CHAR(2),
    "is_default" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "removed_at" TIMESTAMPTZ(3),

    CONSTRAINT "payment_methods_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "payments" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "purpose" TEXT NOT NULL,
    "invoice_id" UUID,
    "payment_method_id" UUID,
    "gateway" TEXT NOT NULL,
    "gateway_payment_id" TEXT,
    "method" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "currency" CHAR(3) NOT NULL,
    "amount" DECIMAL(20,4) NOT NULL,
    "amount_refunded" DECIMAL(20,4) NOT NULL DEFAULT 0,
    "gateway_fee" DECIMAL(20,4) NOT NULL DEFAULT 0,
    "platform_fee" DECIMAL(20,4) NOT NULL DEFAULT 0,
    "net_amount" DECIMAL(20,4) NOT NULL DEFAULT 0,
    "payer_name" TEXT,
    "payer_email" TEXT,
    "description" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "failure_class" TEXT,
    "retry_of_id" UUID,
    "captured_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "available_at" TIMESTAMPTZ(3),
    "settlement_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "payments_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "payment_attempts" (
    "tenant_id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "operation" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "response" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "payment_attempts_pkey" PRIMARY KEY ("tenant_id","payment_id","position")
);

-- CreateTable
CREATE TABLE "checkout_sessions" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "gateway_session_id" TEXT,
    "url" TEXT,
    "success_url" TEXT NOT NULL,
    "cancel_url" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'open',
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "checkout_sessions_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "refunds" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "gateway_refund_id" TEXT,
    "currency" CHAR(3) NOT NULL,
    "amount" DECIMAL(20,4) NOT NULL,
    "reason" TEXT,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "failure_code" TEXT,
    "settlement_id" UUID,
    "created_by" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "succeeded_at" TIMESTAMPTZ(3),

    CONSTRAINT "refunds_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "disputes" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "payment_id" UUID NOT NULL,
    "gateway_dispute_id" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount" DECIMAL(20,4) NOT NULL,
    "fee" DECIMAL(20,4) NOT NULL DEFAULT 0,
    "reason" TEXT,
    "status" TEXT NOT NULL DEFAULT 'open',
    "settlement_id" UUID,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "disputes_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "gateway_events" (
    "id" UUID NOT NULL,
    "gateway" TEXT NOT NULL,
    "gateway_event_id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "body" BYTEA NOT NULL,
    "headers" JSONB NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(3),
    "outcome" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT,

    CONSTRAINT "gateway_events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fee_schedules" (
    "tenant_id" UUID NOT NULL,
    "method" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "gateway_percentage" DECIMAL(7,4) NOT NULL,
    "gateway_fixed" DECIMAL(20,4) NOT NULL,
    "platform_percentage" DECIMAL(7,4) NOT NULL,
    "platform_fixed" DECIMAL(20,4) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "fee_schedules_pkey" PRIMARY KEY ("tenant_id","method","currency")
);

-- CreateTable
CREATE TABLE "settlement_settings" (
    "tenant_id" UUID NOT NULL,
    "cycle" TEXT NOT NULL DEFAULT 'weekly',
    "minimum_amount" DECIMAL(20,4) NOT NULL DEFAULT 0,
    "hold_days" INTEGER NOT NULL DEFAULT 3,
    "automatic" BOOLEAN NOT NULL DEFAULT true,
    "last_run_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "settlement_settings_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "settlements" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'draft',
    "currency" CHAR(3) NOT NULL,
    "payment_count" INTEGER NOT NULL,
    "gross_amount" DECIMAL(20,4) NOT NULL,
    "refund_amount" DECIMAL(20,4) NOT NULL,
    "dispute_amount" DECIMAL(20,4) NOT NULL,
    "gateway_fee" DECIMAL(20,4) NOT NULL,
    "platform_fee" DECIMAL(20,4) NOT NULL,
    "net_amount" DECIMAL(20,4) NOT NULL,
    "utr" TEXT,
    "created_by" UUID,
    "submitted_at" TIMESTAMPTZ(3),
    "approved_by" UUID,
    "approved_at" TIMESTAMPTZ(3),
    "closed_reason" TEXT,
    "settled_at" TIMESTAMPTZ(3),
    "closed_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "settlements_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "dunning_campaigns" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "failure_class" TEXT NOT NULL,
    "steps" JSONB NOT NULL,
    "active" BOOLEAN NOT NULL DEFAULT true,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dunning_campaigns_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "dunning_cases" (
    "tenant_id" UUID NOT NULL,
    "invoice_id" UUID NOT NULL,
    "campaign_id" UUID NOT NULL,
    "failure_class" TEXT,
    "next_step" INTEGER NOT NULL DEFAULT 0,
    "next_step_at" TIMESTAMPTZ(3),
    "status" TEXT NOT NULL DEFAULT 'active',
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dunning_cases_pkey" PRIMARY KEY ("tenant_id","invoice_id")
);

-- CreateTable
CREATE TABLE "dunning_actions" (
    "tenant_id" UUID NOT NULL,
    "invoice_id" UUID NOT NULL,
    "step" INTEGER NOT NULL,
    "action" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "payment_id" UUID,
    "taken_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "dunning_actions_pkey" PRIMARY KEY ("tenant_id","invoice_id","step")
);

-- CreateTable
CREATE TABLE "subscription_changes" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "subscription_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "before" JSONB,
    "after" JSONB,
    "effective_at" TIMESTAMPTZ(3) NOT NULL,
    "invoice_id" UUID,
    "changed_by" UUID,
    "changed_by_name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "subscription_changes_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "coupons" (
    "id" UUID NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "discount_type" "discount_type" NOT NULL,
    "discount_value" DECIMAL(20,4) NOT NULL,
    "currency" CHAR(3),
    "duration" TEXT NOT NULL,
    "duration_periods" INTEGER,
    "max_redemptions" INTEGER,
    "redemptions" INTEGER NOT NULL DEFAULT 0,
    "plan_ids" UUID[] DEFAULT ARRAY[]::UUID[],
    "expires_at" TIMESTAMPTZ(3),
    "archived_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "coupons_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "coupon_redemptions" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "subscription_id" UUID NOT NULL,
    "coupon_id" UUID NOT NULL,
    "periods_left" INTEGER,
    "redeemed_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "coupon_redemptions_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "usage_events" (
    "tenant_id" UUID NOT NULL,
    "source" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "subscription_id" UUID NOT NULL,
    "metric" TEXT NOT NULL,
    "quantity" DECIMAL(20,4) NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "usage_events_pkey" PRIMARY KEY ("tenant_id","source","event_id")
);

-- CreateTable
CREATE TABLE "pending_invoice_items" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "subscription_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "description" TEXT NOT NULL,
    "quantity" DECIMAL(20,4) NOT NULL,
    "unit_price" DECIMAL(20,4) NOT NULL,
    "period_start" TIMESTAMPTZ(3),
    "period_end" TIMESTAMPTZ(3),
    "invoice_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "pending_invoice_items_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "mrr_movements" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "subscription_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "currency" CHAR(3) NOT NULL,
    "amount" DECIMAL(20,4) NOT NULL,
    "mrr" DECIMAL(20,4) NOT NULL,
    "plan_id" UUID NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mrr_movements_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "credit_notes_tenant_id_invoice_id_issued_at_id_idx" ON "credit_notes"("tenant_id", "invoice_id", "issued_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "credit_notes_tenant_id_number_key" ON "credit_notes"("tenant_id", "number");

-- CreateIndex
CREATE INDEX "credit_note_items_tenant_id_invoice_item_id_idx" ON "credit_note_items"("tenant_id", "invoice_item_id");

-- CreateIndex
CREATE INDEX "tax_rates_country_active_idx" ON "tax_rates"("country", "active");

-- CreateIndex
CREATE INDEX "tax_rates_created_at_id_idx" ON "tax_rates"("created_at", "id");

-- CreateIndex
CREATE INDEX "credit_grants_tenant_id_wallet_id_created_at_id_idx" ON "credit_grants"("tenant_id", "wallet_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "credit_grants_tenant_id_operation_id_idx" ON "credit_grants"("tenant_id", "operation_id");

-- CreateIndex
CREATE INDEX "credit_operations_tenant_id_created_at_id_idx" ON "credit_operations"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "credit_operations_tenant_id_reference_created_at_id_idx" ON "credit_operations"("tenant_id", "reference", "created_at", "id");

-- CreateIndex
CREATE INDEX "credit_operations_reference_created_at_id_idx" ON "credit_operations"("reference", "created_at", "id");

-- CreateIndex
CREATE INDEX "credit_operations_created_at_id_idx" ON "credit_operations"("created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "credit_operations_tenant_id_reservation_id_key" ON "credit_operations"("tenant_id", "reservation_id");

-- CreateIndex
CREATE UNIQUE INDEX "credit_operations_tenant_id_wallet_id_sequence_key" ON "credit_operations"("tenant_id", "wallet_id", "sequence");

-- CreateIndex
CREATE INDEX "credit_wallets_created_at_id_idx" ON "credit_wallets"("created_at", "id");

-- CreateIndex
CREATE INDEX "credit_wallets_id_tenant_id_idx" ON "credit_wallets"("id", "tenant_id");

-- CreateIndex
CREATE INDEX "credit_entries_tenant_id_wallet_id_channel_account_effectiv_idx" ON "credit_entries"("tenant_id", "wallet_id", "channel", "account", "effective_at");

-- CreateIndex
CREATE INDEX "credit_entries_tenant_id_grant_id_idx" ON "credit_entries"("tenant_id", "grant_id");

-- CreateIndex
CREATE INDEX "credit_packages_created_at_id_idx" ON "credit_packages"("created_at", "id");

-- CreateIndex
CREATE INDEX "credit_packages_status_created_at_id_idx" ON "credit_packages"("status", "created_at", "id");

-- CreateIndex
CREATE INDEX "credit_purchases_tenant_id_created_at_id_idx" ON "credit_purchases"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "credit_purchases_tenant_id_payment_id_idx" ON "credit_purchases"("tenant_id", "payment_id");

-- CreateIndex
CREATE INDEX "credit_purchases_package_id_idx" ON "credit_purchases"("package_id");

-- CreateIndex
CREATE INDEX "credit_purchases_tenant_id_invoice_id_idx" ON "credit_purchases"("tenant_id", "invoice_id");

-- CreateIndex
CREATE INDEX "credit_custom_plans_tenant_id_starts_at_idx" ON "credit_custom_plans"("tenant_id", "starts_at");

-- CreateIndex
CREATE INDEX "credit_custom_plans_tenant_id_created_at_id_idx" ON "credit_custom_plans"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "credit_custom_plans_created_at_id_idx" ON "credit_custom_plans"("created_at", "id");

-- CreateIndex
CREATE INDEX "ledger_transactions_tenant_id_booked_at_id_idx" ON "ledger_transactions"("tenant_id", "booked_at", "id");

-- CreateIndex
CREATE INDEX "ledger_transactions_tenant_id_subject_id_idx" ON "ledger_transactions"("tenant_id", "subject_id");

-- CreateIndex
CREATE INDEX "ledger_transactions_subject_id_idx" ON "ledger_transactions"("subject_id");

-- CreateIndex
CREATE INDEX "ledger_transactions_booked_at_id_idx" ON "ledger_transactions"("booked_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transactions_tenant_id_cause_key" ON "ledger_transactions"("tenant_id", "cause");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_transactions_tenant_id_reverses_id_key" ON "ledger_transactions"("tenant_id", "reverses_id");

-- CreateIndex
CREATE INDEX "ledger_entries_tenant_id_account_currency_booked_at_idx" ON "ledger_entries"("tenant_id", "account", "currency", "booked_at");

-- CreateIndex
CREATE INDEX "ledger_entries_account_currency_booked_at_idx" ON "ledger_entries"("account", "currency", "booked_at");

-- CreateIndex
CREATE INDEX "payment_methods_tenant_id_created_at_id_idx" ON "payment_methods"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "payments_tenant_id_created_at_id_idx" ON "payments"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "payments_tenant_id_status_created_at_id_idx" ON "payments"("tenant_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "payments_tenant_id_invoice_id_idx" ON "payments"("tenant_id", "invoice_id");

-- CreateIndex
CREATE INDEX "payments_tenant_id_payment_method_id_idx" ON "payments"("tenant_id", "payment_method_id");

-- CreateIndex
CREATE INDEX "payments_tenant_id_settlement_id_idx" ON "payments"("tenant_id", "settlement_id");

-- CreateIndex
CREATE INDEX "payments_tenant_id_retry_of_id_idx" ON "payments"("tenant_id", "retry_of_id");

-- CreateIndex
CREATE INDEX "payments_gateway_gateway_payment_id_idx" ON "payments"("gateway", "gateway_payment_id");

-- CreateIndex
CREATE INDEX "payments_id_tenant_id_idx" ON "payments"("id", "tenant_id");

-- CreateIndex
CREATE INDEX "payments_created_at_id_idx" ON "payments"("created_at", "id");

-- CreateIndex
CREATE INDEX "payments_status_created_at_id_idx" ON "payments"("status", "created_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "checkout_sessions_tenant_id_payment_id_key" ON "checkout_sessions"("tenant_id", "payment_id");

-- CreateIndex
CREATE INDEX "refunds_tenant_id_created_at_id_idx" ON "refunds"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "refunds_tenant_id_payment_id_idx" ON "refunds"("tenant_id", "payment_id");

-- CreateIndex
CREATE INDEX "refunds_tenant_id_settlement_id_idx" ON "refunds"("tenant_id", "settlement_id");

-- CreateIndex
CREATE INDEX "refunds_created_at_id_idx" ON "refunds"("created_at", "id");

-- CreateIndex
CREATE INDEX "disputes_tenant_id_payment_id_idx" ON "disputes"("tenant_id", "payment_id");

-- CreateIndex
CREATE INDEX "disputes_tenant_id_settlement_id_idx" ON "disputes"("tenant_id", "settlement_id");

-- CreateIndex
CREATE UNIQUE INDEX "disputes_tenant_id_gateway_dispute_id_key" ON "disputes"("tenant_id", "gateway_dispute_id");

-- CreateIndex
CREATE INDEX "gateway_events_received_at_id_idx" ON "gateway_events"("received_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "gateway_events_gateway_gateway_event_id_key" ON "gateway_events"("gateway", "gateway_event_id");

-- CreateIndex
CREATE INDEX "settlements_tenant_id_created_at_id_idx" ON "settlements"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "settlements_tenant_id_status_created_at_id_idx" ON "settlements"("tenant_id", "status", "created_at", "id");

-- CreateIndex
CREATE INDEX "settlements_created_at_id_idx" ON "settlements"("created_at", "id");

-- CreateIndex
CREATE INDEX "settlements_status_created_at_id_idx" ON "settlements"("status", "created_at", "id");

-- CreateIndex
CREATE INDEX "dunning_campaigns_created_at_id_idx" ON "dunning_campaigns"("created_at", "id");

-- CreateIndex
CREATE INDEX "dunning_cases_tenant_id_status_started_at_invoice_id_idx" ON "dunning_cases"("tenant_id", "status", "started_at", "invoice_id");

-- CreateIndex
CREATE INDEX "dunning_cases_campaign_id_idx" ON "dunning_cases"("campaign_id");

-- CreateIndex
CREATE INDEX "dunning_cases_status_started_at_invoice_id_idx" ON "dunning_cases"("status", "started_at", "invoice_id");

-- CreateIndex
CREATE INDEX "dunning_actions_tenant_id_payment_id_idx" ON "dunning_actions"("tenant_id", "payment_id");

-- CreateIndex
CREATE INDEX "subscription_changes_tenant_id_subscription_id_created_at_i_idx" ON "subscription_changes"("tenant_id", "subscription_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "subscription_changes_tenant_id_invoice_id_idx" ON "subscription_changes"("tenant_id", "invoice_id");

-- CreateIndex
CREATE UNIQUE INDEX "coupons_code_key" ON "coupons"("code");

-- CreateIndex
CREATE INDEX "coupons_created_at_id_idx" ON "coupons"("created_at", "id");

-- CreateIndex
CREATE INDEX "coupon_redemptions_tenant_id_subscription_id_idx" ON "coupon_redemptions"("tenant_id", "subscription_id");

-- CreateIndex
CREATE INDEX "coupon_redemptions_coupon_id_idx" ON "coupon_redemptions"("coupon_id");

-- CreateIndex
CREATE UNIQUE INDEX "coupon_redemptions_tenant_id_coupon_id_subscription_id_key" ON "coupon_redemptions"("tenant_id", "coupon_id", "subscription_id");

-- CreateIndex
CREATE INDEX "usage_events_tenant_id_subscription_id_metric_occurred_at_idx" ON "usage_events"("tenant_id", "subscription_id", "metric", "occurred_at");

-- CreateIndex
CREATE INDEX "pending_invoice_items_tenant_id_subscription_id_created_at__idx" ON "pending_invoice_items"("tenant_id", "subscription_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "pending_invoice_items_tenant_id_invoice_id_idx" ON "pending_invoice_items"("tenant_id", "invoice_id");

-- CreateIndex
CREATE INDEX "mrr_movements_tenant_id_subscription_id_occurred_at_id_idx" ON "mrr_movements"("tenant_id", "subscription_id", "occurred_at", "id");

-- CreateIndex
CREATE INDEX "mrr_movements_tenant_id_currency_occurred_at_idx" ON "mrr_movements"("tenant_id", "currency", "occurred_at");

-- CreateIndex
CREATE INDEX "mrr_movements_currency_occurred_at_idx" ON "mrr_movements"("currency", "occurred_at");

-- CreateIndex
CREATE INDEX "plans_tax_rate_id_idx" ON "plans"("tax_rate_id");

-- CreateIndex
CREATE INDEX "subscriptions_tenant_id_created_at_id_idx" ON "subscriptions"("tenant_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "subscriptions_pending_plan_id_idx" ON "subscriptions"("pending_plan_id");

-- CreateIndex
CREATE INDEX "subscriptions_tenant_id_payment_method_id_idx" ON "subscriptions"("tenant_id", "payment_method_id");

-- CreateIndex
CREATE INDEX "subscriptions_created_at_id_idx" ON "subscriptions"("created_at", "id");

-- CreateIndex
CREATE INDEX "invoices_tenant_id_subscription_id_created_at_id_idx" ON "invoices"("tenant_id", "subscription_id", "created_at", "id");

-- CreateIndex
CREATE INDEX "invoices_coupon_id_idx" ON "invoices"("coupon_id");

-- AddForeignKey
ALTER TABLE "plans" ADD CONSTRAINT "plans_tax_rate_id_fkey" FOREIGN KEY ("tax_rate_id") REFERENCES "tax_rates"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "invoices" ADD CONSTRAINT "invoices_coupon_id_fkey" FOREIGN KEY ("coupon_id") REFERENCES "coupons"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_notes" ADD CONSTRAINT "credit_notes_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_note_items" ADD CONSTRAINT "credit_note_items_tenant_id_credit_note_id_fkey" FOREIGN KEY ("tenant_id", "credit_note_id") REFERENCES "credit_notes"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_note_items" ADD CONSTRAINT "credit_note_items_tenant_id_invoice_item_id_fkey" FOREIGN KEY ("tenant_id", "invoice_item_id") REFERENCES "invoice_items"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_grants" ADD CONSTRAINT "credit_grants_tenant_id_wallet_id_fkey" FOREIGN KEY ("tenant_id", "wallet_id") REFERENCES "credit_wallets"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_grants" ADD CONSTRAINT "credit_grants_tenant_id_operation_id_fkey" FOREIGN KEY ("tenant_id", "operation_id") REFERENCES "credit_operations"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_operations" ADD CONSTRAINT "credit_operations_tenant_id_wallet_id_fkey" FOREIGN KEY ("tenant_id", "wallet_id") REFERENCES "credit_wallets"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_operations" ADD CONSTRAINT "credit_operations_tenant_id_reservation_id_fkey" FOREIGN KEY ("tenant_id", "reservation_id") REFERENCES "credit_operations"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_entries" ADD CONSTRAINT "credit_entries_tenant_id_operation_id_fkey" FOREIGN KEY ("tenant_id", "operation_id") REFERENCES "credit_operations"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_entries" ADD CONSTRAINT "credit_entries_tenant_id_grant_id_fkey" FOREIGN KEY ("tenant_id", "grant_id") REFERENCES "credit_grants"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_purchases" ADD CONSTRAINT "credit_purchases_package_id_fkey" FOREIGN KEY ("package_id") REFERENCES "credit_packages"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_purchases" ADD CONSTRAINT "credit_purchases_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_purchases" ADD CONSTRAINT "credit_purchases_tenant_id_payment_id_fkey" FOREIGN KEY ("tenant_id", "payment_id") REFERENCES "payments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "credit_custom_plans" ADD CONSTRAINT "credit_custom_plans_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_transactions" ADD CONSTRAINT "ledger_transactions_tenant_id_reverses_id_fkey" FOREIGN KEY ("tenant_id", "reverses_id") REFERENCES "ledger_transactions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_tenant_id_transaction_id_fkey" FOREIGN KEY ("tenant_id", "transaction_id") REFERENCES "ledger_transactions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_methods" ADD CONSTRAINT "payment_methods_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_tenant_id_payment_method_id_fkey" FOREIGN KEY ("tenant_id", "payment_method_id") REFERENCES "payment_methods"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_tenant_id_settlement_id_fkey" FOREIGN KEY ("tenant_id", "settlement_id") REFERENCES "settlements"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payments" ADD CONSTRAINT "payments_tenant_id_retry_of_id_fkey" FOREIGN KEY ("tenant_id", "retry_of_id") REFERENCES "payments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "payment_attempts" ADD CONSTRAINT "payment_attempts_tenant_id_payment_id_fkey" FOREIGN KEY ("tenant_id", "payment_id") REFERENCES "payments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checkout_sessions" ADD CONSTRAINT "checkout_sessions_tenant_id_payment_id_fkey" FOREIGN KEY ("tenant_id", "payment_id") REFERENCES "payments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_tenant_id_payment_id_fkey" FOREIGN KEY ("tenant_id", "payment_id") REFERENCES "payments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "refunds" ADD CONSTRAINT "refunds_tenant_id_settlement_id_fkey" FOREIGN KEY ("tenant_id", "settlement_id") REFERENCES "settlements"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_tenant_id_payment_id_fkey" FOREIGN KEY ("tenant_id", "payment_id") REFERENCES "payments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "disputes" ADD CONSTRAINT "disputes_tenant_id_settlement_id_fkey" FOREIGN KEY ("tenant_id", "settlement_id") REFERENCES "settlements"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "settlements" ADD CONSTRAINT "settlements_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dunning_cases" ADD CONSTRAINT "dunning_cases_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dunning_cases" ADD CONSTRAINT "dunning_cases_campaign_id_fkey" FOREIGN KEY ("campaign_id") REFERENCES "dunning_campaigns"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dunning_actions" ADD CONSTRAINT "dunning_actions_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "dunning_cases"("tenant_id", "invoice_id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "dunning_actions" ADD CONSTRAINT "dunning_actions_tenant_id_payment_id_fkey" FOREIGN KEY ("tenant_id", "payment_id") REFERENCES "payments"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_pending_plan_id_fkey" FOREIGN KEY ("pending_plan_id") REFERENCES "plans"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscriptions" ADD CONSTRAINT "subscriptions_tenant_id_payment_method_id_fkey" FOREIGN KEY ("tenant_id", "payment_method_id") REFERENCES "payment_methods"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscription_changes" ADD CONSTRAINT "subscription_changes_tenant_id_subscription_id_fkey" FOREIGN KEY ("tenant_id", "subscription_id") REFERENCES "subscriptions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subscription_changes" ADD CONSTRAINT "subscription_changes_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_tenant_id_subscription_id_fkey" FOREIGN KEY ("tenant_id", "subscription_id") REFERENCES "subscriptions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "coupon_redemptions" ADD CONSTRAINT "coupon_redemptions_coupon_id_fkey" FOREIGN KEY ("coupon_id") REFERENCES "coupons"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "usage_events" ADD CONSTRAINT "usage_events_tenant_id_subscription_id_fkey" FOREIGN KEY ("tenant_id", "subscription_id") REFERENCES "subscriptions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pending_invoice_items" ADD CONSTRAINT "pending_invoice_items_tenant_id_subscription_id_fkey" FOREIGN KEY ("tenant_id", "subscription_id") REFERENCES "subscriptions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "pending_invoice_items" ADD CONSTRAINT "pending_invoice_items_tenant_id_invoice_id_fkey" FOREIGN KEY ("tenant_id", "invoice_id") REFERENCES "invoices"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mrr_movements" ADD CONSTRAINT "mrr_movements_tenant_id_subscription_id_fkey" FOREIGN KEY ("tenant_id", "subscription_id") REFERENCES "subscriptions"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Tables of tenants. Accounts are kept: nothing that was booked is deleted, and records of what happened are not changed.
call protect_tenant_table('subscription_changes');
call protect_tenant_table('coupon_redemptions');
call protect_tenant_table('usage_events');
call protect_tenant_table('pending_invoice_items');
call protect_tenant_table('mrr_movements');
call protect_tenant_table('credit_notes');
call protect_tenant_table('credit_note_items');
call protect_tenant_table('ledger_transactions');
call protect_tenant_table('ledger_entries');
call protect_tenant_table('payment_methods');
call protect_tenant_table('payments');
call protect_tenant_table('payment_attempts');
call protect_tenant_table('checkout_sessions');
call protect_tenant_table('refunds');
call protect_tenant_table('disputes');
call protect_tenant_table('fee_schedules');
call protect_tenant_table('settlement_settings');
call protect_tenant_table('settlements');
call protect_tenant_table('dunning_cases');
call protect_tenant_table('dunning_actions');
call protect_tenant_table('credit_grants');
call protect_tenant_table('credit_operations');
call protect_tenant_table('credit_entries');
call protect_tenant_table('credit_purchases');
call protect_tenant_table('credit_custom_plans');
call protect_tenant_table('credit_alerts');
grant select, insert, update on
  coupon_redemptions, pending_invoice_items, credit_notes, payment_methods, payments, checkout_sessions, refunds, disputes,
  settlements, dunning_cases, credit_grants, credit_purchases
  to rowhouse_tenant, rowhouse_platform;
grant select, insert on
  subscription_changes, usage_events, mrr_movements, credit_note_items, ledger_transactions, ledger_entries, payment_attempts,
  dunning_actions, credit_operations, credit_entries
  to rowhouse_tenant, rowhouse_platform;
grant select, insert, update, delete on fee_schedules, settlement_settings, credit_custom_plans, credit_alerts
  to rowhouse_tenant, rowhouse_platform;

-- The operator's own: tenants read what they are charged by.
grant select on tax_rates, coupons, credit_packages, credit_prices, dunning_campaigns to rowhouse_tenant;
grant update (redemptions) on coupons to rowhouse_tenant;
grant select, insert, update, delete on tax_rates, coupons, credit_packages, credit_prices, dunning_campaigns, gateway_events
  to rowhouse_platform;

-- The ledger: a booking comes to zero in each currency when its transaction commits, and stays as it is.
create function ledger_transaction_is_balanced() returns trigger language plpgsql as $$
begin
  if exists (
    select from ledger_entries where tenant_id = new.tenant_id and transaction_id = new.transaction_id
    group by currency having sum(amount) <> 0
  ) then
    raise exception 'the ledger transaction % does not come to zero', new.transaction_id using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create constraint trigger ledger_transaction_is_balanced after insert on ledger_entries
  deferrable initially deferred for each row execute function ledger_transaction_is_balanced();

create function forbid_ledger_change() returns trigger language plpgsql as $$
begin
  raise exception 'the ledger is append-only' using errcode = 'integrity_constraint_violation';
end $$;
create trigger ledger_is_append_only before update or delete on ledger_transactions
  for each row execute function forbid_ledger_change();
create trigger ledger_is_not_truncated before truncate on ledger_transactions execute function forbid_ledger_change();
create trigger ledger_is_append_only before update or delete on ledger_entries
  for each row execute function forbid_ledger_change();
create trigger ledger_is_not_truncated before truncate on ledger_entries execute function forbid_ledger_change();
create trigger ledger_is_append_only before update or delete on credit_entries
  for each row execute function forbid_ledger_change();
create trigger ledger_is_not_truncated before truncate on credit_entries execute function forbid_ledger_change();

-- Credits: whatever one statement books comes to zero at each moment.
create function credit_entries_are_balanced() returns trigger language plpgsql as $$
begin
  if exists (select from booked group by tenant_id, operation_id, channel, effective_at having sum(credits) <> 0) then
    raise exception 'credit entries do not come to zero' using errcode = 'integrity_constraint_violation';
  end if;
  return null;
end $$;
create trigger credit_entries_are_balanced after insert on credit_entries
  referencing new table as booked for each statement execute function credit_entries_are_balanced();

-- What wallets held becomes a grant that never expires.
create temporary table held on commit drop as
  select wallet.tenant_id, wallet.id as wallet_id, channel, amount, gen_random_uuid() as operation_id, gen_random_uuid() as grant_id
  from credit_wallets wallet,
    lateral (values ('sms', sms_credits), ('whatsapp', whatsapp_credits), ('email', email_credits)) as credits (channel, amount)
  where amount > 0;
insert into credit_operations (tenant_id, id, wallet_id, sequence, channel, kind, credits, credits_after, description)
  select tenant_id, operation_id, wallet_id, row_number() over (partition by wallet_id order by channel), channel, 'grant', amount,
    amount, 'Brought forward'
  from held;
insert into credit_grants (tenant_id, id, wallet_id, operation_id, channel, credits, source)
  select tenant_id, grant_id, wallet_id, operation_id, channel, amount, 'adjustment' from held;
insert into credit_entries (tenant_id, operation_id, position, wallet_id, grant_id, channel, account, credits, effective_at)
  select tenant_id, operation_id, side.position, wallet_id, grant_id, channel, side.account, side.sign * amount, now()
  from held, (values (1, 'available', 1), (2, 'issued', -1)) as side (position, account, sign);
alter table credit_wallets drop column sms_credits, drop column whatsapp_credits, drop column email_credits;
update credit_wallets set settled_at = now(), sequence = (select count(*) from held where wallet_id = credit_wallets.id);

update subscriptions set ended_at = coalesce(canceled_at, updated_at) where status = 'canceled';
update subscriptions set anchor_day = extract(day from current_period_start at time zone 'UTC')::integer;

create unique index subscriptions_one_at_a_time on subscriptions (tenant_id) where ended_at is null;
create index subscriptions_to_renew on subscriptions (current_period_end) where ended_at is null;
create index subscriptions_to_resume on subscriptions (resumes_at) where status = 'paused' and resumes_at is not null;
create unique index coupon_redemptions_one_at_a_time on coupon_redemptions (tenant_id, subscription_id) where ended_at is null;
create index pending_invoice_items_open on pending_invoice_items (tenant_id, subscription_id) where invoice_id is null;
create index invoices_to_finalize on invoices (finalizes_at) where status = 'draft' and finalizes_at is not null;
create index invoices_overdue on invoices (due_at) where status = 'open';
create unique index payment_methods_one_default on payment_methods (tenant_id) where is_default and removed_at is null;
create unique index payment_methods_once on payment_methods (tenant_id, gateway, gateway_method_id) where removed_at is null;
create unique index payments_one_open_per_invoice on payments (tenant_id, invoice_id)
  where status in ('pending', 'processing', 'requires_action');
create unique index payments_once_at_the_gateway on payments (tenant_id, gateway, gateway_payment_id)
  where gateway_payment_id is not null;
create unique index refunds_once_at_the_gateway on refunds (tenant_id, gateway_refund_id) where gateway_refund_id is not null;
-- An operator's search over all tenants, as that of invoices.
create index payments_search on payments using gin (lower(coalesce(gateway_payment_id, '') || ' ' || coalesce(payer_name, '') || ' '
  || coalesce(payer_email, '') || ' ' || coalesce(description, '')) gin_trgm_ops);
create index payments_unresolved on payments (updated_at) where status in ('pending', 'processing');
create index payments_to_settle on payments (tenant_id, currency, available_at)
  where purpose = 'collection' and status = 'succeeded' and settlement_id is null;
create index refunds_unresolved on refunds (updated_at) where status = 'pending';
create index gateway_events_unprocessed on gateway_events (received_at) where processed_at is null;
create unique index settlements_utr on settlements (utr) where utr is not null;
create index dunning_cases_due on dunning_cases (next_step_at) where status = 'active';
create unique index dunning_campaigns_one_per_class on dunning_campaigns (failure_class) where active;
create unique index credit_purchases_one_per_invoice on credit_purchases (tenant_id, invoice_id) where status <> 'failed';
create index credit_purchases_pending on credit_purchases (updated_at) where status = 'pending';

alter table plans
  add constraint plans_policies_are_known check (
    upgrade_policy in ('prorate', 'next_period', 'full_price') and downgrade_policy in ('prorate', 'next_period', 'full_price')
    and proration_unit in ('second', 'day')),
  add constraint plans_usage_prices_is_object check (jsonb_typeof(usage_prices) = 'object');
alter table subscriptions
  add constraint subscriptions_anchor_day_range check (anchor_day between 1 and 31),
  add constraint subscriptions_period_has_a_length check (current_period_end > current_period_start),
  add constraint subscriptions_end_is_final check ((status = 'canceled') = (ended_at is not null)),
  add constraint subscriptions_pause_is_whole check ((status = 'paused') = (paused_at is not null)),
  add constraint subscriptions_pending_quantity_is_positive check (pending_quantity > 0);
alter table coupons
  add constraint coupons_code_form check (code ~ '^[A-Z0-9][A-Z0-9_-]{1,39}$'),
  add constraint coupons_duration_is_known check (duration in ('once', 'repeating', 'forever')),
  add constraint coupons_repeating_has_periods check ((duration = 'repeating') = (duration_periods is not null)),
  add constraint coupons_fixed_has_currency check ((discount_type = 'fixed') = (currency is not null)),
  add constraint coupons_discount_range check (discount_value > 0 and (discount_type = 'fixed' or discount_value <= 100)),
  add constraint coupons_are_not_over_redeemed check (redemptions >= 0 and (max_redemptions is null or redemptions <= max_redemptions));
alter table usage_events add constraint usage_events_quantity_is_not_negative check (quantity >= 0);
alter table mrr_movements
  add constraint mrr_movements_kind_is_known check (kind in ('new', 'expansion', 'contraction', 'churn', 'reactivation')),
  add constraint mrr_movements_sign check (mrr >= 0 and (amount < 0) = (kind in ('contraction', 'churn')) and amount <> 0);
alter table invoices
  drop constraint invoices_amounts_add_up,
  drop constraint invoices_paid_within_total,
  add constraint invoices_amounts_add_up
    check (total = subtotal - discount_total + tax_total + rounding_amount and total >= 0 and discount_total between 0 and subtotal),
  add constraint invoices_paid_within_total check (amount_paid between 0 and total),
  add constraint invoices_credited_within_total check (amount_credited between 0 and total),
  add constraint invoices_tax_choices_are_known
    check (tax_behavior in ('exclusive', 'inclusive') and tax_rounding in ('total', 'line')),
  add constraint invoices_tax_lines_is_list check (jsonb_typeof(tax_lines) = 'array'),
  add constraint invoices_billing_reason_is_known check (billing_reason in (
    'manual', 'subscription_create', 'subscription_cycle', 'subscription_update', 'subscription_cancel', 'credit_purchase'));
alter table invoice_items
  add constraint invoice_items_kind_is_known
    check (kind in ('one_off', 'subscription', 'proration_credit', 'proration_charge', 'usage', 'credits'));
alter table credit_notes
  add constraint credit_notes_amounts_add_up check (total = subtotal + tax_total + rounding_amount and total > 0);
alter table credit_note_items add constraint credit_note_items_amounts_add_up check (total = amount + tax_amount);
alter table tax_rates
  add constraint tax_rates_kind_is_known check (kind in ('gst', 'vat', 'sales_tax')),
  add constraint tax_rates_percentage_range check (percentage between 0 and 100),
  add constraint tax_rates_choices_are_known check (behavior in ('exclusive', 'inclusive') and rounding in ('total', 'line'));
alter table ledger_entries
  add constraint ledger_entries_account_is_known check (account in (
    'receivable', 'gateway', 'bank', 'revenue', 'tax', 'rounding', 'gateway_fee', 'platform_fee', 'owed_to_tenant',
    'settlement_transit', 'refunds', 'disputes', 'bad_debt'));
alter table payment_methods
  add constraint payment_methods_last_four_form check (last_four ~ '^[0-9]{4}$'),
  add constraint payment_methods_kind_is_known check (kind in ('card', 'upi', 'bank_transfer', 'wallet'));
alter table payments
  add constraint payments_purpose_is_known check (purpose in ('invoice', 'collection')),
  add constraint payments_invoice_by_purpose check ((purpose = 'invoice') = (invoice_id is not null)),
  add constraint payments_status_is_known
    check (status in ('pending', 'processing', 'requires_action', 'succeeded', 'failed', 'canceled')),
  add constraint payments_amount_is_positive check (amount > 0),
  add constraint payments_refunded_within_amount check (amount_refunded between 0 and amount),
  add constraint payments_fees_add_up
    check (gateway_fee >= 0 and platform_fee >= 0 and (status <> 'succeeded' or net_amount = amount - gateway_fee - platform_fee)),
  add constraint payments_success_is_whole check ((status = 'succeeded') = (captured_at is not null)),
  add constraint payments_failure_class_is_known check (failure_class in ('soft', 'hard', 'authentication', 'gateway'));
alter table refunds
  add constraint refunds_amount_is_positive check (amount > 0),
  add constraint refunds_status_is_known check (status in ('pending', 'succeeded', 'failed'));
alter table disputes
  add constraint disputes_amount_is_positive check (amount > 0 and fee >= 0),
  add constraint disputes_status_is_known check (status in ('open', 'won', 'lost'));
alter table checkout_sessions add constraint checkout_sessions_status_is_known check (status in ('open', 'complete', 'expired'));
alter table fee_schedules
  add constraint fee_schedules_are_not_negative check (
    gateway_percentage between 0 and 100 and gateway_fixed >= 0 and platform_percentage between 0 and 100 and platform_fixed >= 0);
alter table settlement_settings
  add constraint settlement_settings_cycle_is_known check (cycle in ('daily', 'weekly', 'monthly', 'manual')),
  add constraint settlement_settings_ranges check (minimum_amount >= 0 and hold_days between 0 and 90);
alter table settlements
  add constraint settlements_status_is_known
    check (status in ('draft', 'submitted', 'approved', 'settled', 'rejected', 'failed', 'returned')),
  add constraint settlements_amounts_add_up
    check (net_amount = gross_amount - refund_amount - dispute_amount - gateway_fee - platform_fee and net_amount > 0),
  add constraint settlements_four_eyes check (approved_by is distinct from created_by or approved_by is null),
  add constraint settlements_approval_is_whole
    check ((approved_by is null) = (approved_at is null) and (status not in ('approved', 'settled', 'returned') or approved_by is not null)),
  add constraint settlements_settled_with_utr check ((status in ('settled', 'returned')) = (utr is not null));
alter table dunning_campaigns
  add constraint dunning_campaigns_class_is_known check (failure_class in ('any', 'soft', 'hard', 'authentication', 'gateway')),
  add constraint dunning_campaigns_steps_is_list check (jsonb_typeof(steps) = 'array');
alter table dunning_cases
  add constraint dunning_cases_status_is_known check (status in ('active', 'recovered', 'exhausted', 'canceled')),
  add constraint dunning_cases_active_has_a_next_step check ((status = 'active') = (next_step_at is not null) and (status = 'active') = (ended_at is null));
alter table dunning_actions
  add constraint dunning_actions_are_known check (action in ('email', 'sms', 'retry', 'suspend', 'cancel', 'write_off')
    and outcome in ('done', 'failed', 'skipped'));
alter table credit_grants
  add constraint credit_grants_are_never_overdrawn check (credits > 0 and used between 0 and credits and reserved between 0 and used),
  add constraint credit_grants_spent_when_nothing_is_left check (spent = (used - reserved = credits)),
  add constraint credit_grants_source_is_known check (source in ('purchase', 'top_up', 'transfer', 'promotional', 'adjustment')),
  add constraint credit_grants_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
  add constraint credit_grants_priority_range check (priority between 1 and 100);
alter table credit_operations
  add constraint credit_operations_channel_is_known check (channel in ('sms', 'whatsapp', 'email')),
  add constraint credit_operations_kind_is_known
    check (kind in ('grant', 'deduct', 'transfer_in', 'transfer_out', 'reserve', 'commit', 'release')),
  add constraint credit_operations_are_not_negative check (credits >= 0 and credits_after >= 0);
alter table credit_entries
  add constraint credit_entries_account_is_known check (account in ('available', 'reserved', 'consumed', 'expired', 'issued'));
alter table credit_packages
  add constraint credit_packages_are_worth_something
    check (sms_credits >= 0 and whatsapp_credits >= 0 and email_credits >= 0 and sms_credits + whatsapp_credits + email_credits > 0),
  add constraint credit_packages_price_is_not_negative check (price >= 0 and valid_days > 0);
alter table credit_prices add constraint credit_prices_ranges check (unit_price >= 0 and credits between 1 and 1000);
alter table credit_alerts add constraint credit_alerts_threshold_is_not_negative check (threshold >= 0);

-- Operations on wallets are functions, so that one takes one round trip however many rows it touches. They run with the rights of
-- their caller: the wall holds in them. What can't be done is an outcome, not an exception, so that a transaction can go on.
create index credit_grants_to_burn on credit_grants (tenant_id, wallet_id, channel, priority, expires_at, created_at, id)
  where not spent;
create index credit_operations_reservation_ends on credit_operations (tenant_id, wallet_id, expires_at) where kind = 'reserve';

-- Both are updated over and over: room on their pages keeps the new version of a row next to the old one, and out of the indexes.
alter table credit_wallets set (fillfactor = 50);
alter table credit_grants set (fillfactor = 70);

create type credit_booking as (
  -- booked, wallet_missing, credits_short, expiry_past, reservation_missing, reservation_committed, reservation_released,
  -- reservation_expired or reservation_exceeded
  outcome text,
  wallet_id uuid,
  channel text,
  credits integer,
  -- Available afterwards; of a refusal, what there is.
  available bigint,
  booked_at timestamptz,
  -- The threshold of the alert under which the balance has just fallen.
  fell_below integer
);

create function refuse_credits(reason text, wallet uuid default null, available bigint default null) returns credit_booking
  language sql immutable set search_path = public, pg_temp
  return row(reason, wallet, null, null, available, null, null)::credit_booking;

-- Keeps the wallet for this transaction, and brings it up to date: reservations that have ended since are given back.
-- The wallet's clock never goes back: what is booked is booked at `moment`, whichever process's clock was late.
create function lock_credit_wallet(of_tenant uuid, clock timestamptz, out wallet uuid, out number bigint, out moment timestamptz)
  language plpgsql set search_path = public, pg_temp as $$
declare
  settled timestamptz;
begin
  select id, settled_at into wallet, settled from credit_wallets where tenant_id = of_tenant for update;
  if wallet is null then
    return;
  end if;
  moment := greatest(clock, settled);
  if settled < moment and exists (
    select from credit_operations
    where tenant_id = of_tenant and wallet_id = wallet and kind = 'reserve' and expires_at > settled and expires_at <= moment
  ) then
    with ended as (
      select entry.grant_id, sum(entry.credits)::integer as held
      from credit_operations reservation
        join credit_entries entry on entry.tenant_id = reservation.tenant_id and entry.operation_id = reservation.id
      where reservation.tenant_id = of_tenant and reservation.wallet_id = wallet and reservation.kind = 'reserve'
        and reservation.expires_at > settled and reservation.expires_at <= moment
        and entry.account = 'reserved' and entry.credits > 0
        and not exists (
          select from credit_operations closing where closing.tenant_id = of_tenant and closing.reservation_id = reservation.id)
      group by entry.grant_id
    )
    update credit_grants set used = used - ended.held, reserved = reserved - ended.held
    from ended where credit_grants.tenant_id = of_tenant and credit_grants.id = ended.grant_id;
  end if;
  update credit_wallets set sequence = sequence + 1, settled_at = moment, updated_at = moment
  where tenant_id = of_tenant returning sequence into number;
end $$;

-- What a locked wallet can spend.
create function available_credits(of_tenant uuid, of_wallet uuid, of_channel text, moment timestamptz) returns bigint
  language plpgsql stable set search_path = public, pg_temp as $$
begin
  return (
    select coalesce(sum(credits - used), 0) from credit_grants
    where tenant_id = of_tenant and wallet_id = of_wallet and channel = of_channel and not spent
      and (expires_at > moment or expires_at is null));
end $$;

-- One alert a fall: the threshold when the balance has just fallen below it, null otherwise.
create function watch_credit_balance(of_tenant uuid, of_channel text, available bigint, moment timestamptz) returns integer
  language plpgsql set search_path = public, pg_temp as $$
declare
  alert credit_alerts;
begin
  select * into alert from credit_alerts where tenant_id = of_tenant and channel = of_channel and enabled;
  if available >= alert.threshold and alert.alerted_at is not null then
    update credit_alerts set alerted_at = null, updated_at = moment where tenant_id = of_tenant and channel = of_channel;
  elsif available < alert.threshold and alert.alerted_at is null then
    update credit_alerts set alerted_at = moment, updated_at = moment where tenant_id = of_tenant and channel = of_channel;
    return alert.threshold;
  end if;
  return null;
end $$;

create function grant_credits(
  of_tenant uuid, operation uuid, new_grant uuid, of_channel text, amount integer, origin text, burn_priority integer,
  expires timestamptz, clock timestamptz, purpose text, note text, actor uuid
) returns credit_booking language plpgsql set search_path = public, pg_temp as $$
declare
  wallet uuid;
  number bigint;
  moment timestamptz;
  available bigint;
begin
  select * into wallet, number, moment from lock_credit_wallet(of_tenant, clock);
  if wallet is null then
    return refuse_credits('wallet_missing');
  elsif expires <= moment then
    return refuse_credits('expiry_past', wallet);
  end if;
  available := available_credits(of_tenant, wallet, of_channel, moment) + amount;
  insert into credit_operations
    (tenant_id, id, wallet_id, sequence, channel, kind, credits, credits_after, reference, description, created_by, created_at)
  values (of_tenant, operation, wallet, number, of_channel, 'grant', amount, available, purpose, note, actor, moment);
  insert into credit_grants (tenant_id, id, wallet_id, operation_id, channel, credits, priority, source, expires_at, created_at)
  values (of_tenant, new_grant, wallet, operation, of_channel, amount, burn_priority, origin, expires, moment);
  insert into credit_entries (tenant_id, operation_id, position, wallet_id, grant_id, channel, account, credits, effective_at)
  select of_tenant, operation, line.position, wallet, new_grant, of_channel, line.account, line.credits, line.effective_at
  from (values
    (1, 'available', amount, moment), (2, 'issued', -amount, moment),
    (3, 'available', -amount, expires), (4, 'expired', amount, expires)
  ) as line (position, account, credits, effective_at)
  where line.effective_at is not null;
  return row('booked', wallet, of_channel, amount, available, moment, watch_credit_balance(of_tenant, of_channel, available, moment))::credit_booking;
end $$;

-- Takes credits from the grants in the order (priority, expiry with never last, age, id), all of them or none.
-- `movement` is deduct, reserve (with a time to live) or transfer_out.
create function debit_credits(
  of_tenant uuid, operation uuid, movement text, of_channel text, amount integer, seconds_to_live integer, clock timestamptz,
  purpose text, note text, other_side uuid, actor uuid
) returns credit_booking language plpgsql set search_path = public, pg_temp as $$
declare
  target constant text := case movement when 'reserve' then 'reserved' when 'transfer_out' then 'issued' else 'consumed' end;
  locked record;
  burning record;
  moment timestamptz;
  ends timestamptz;
  available bigint := 0;
  missing integer := amount;
  part integer;
  grants uuid[];
  parts integer[];
  expiries timestamptz[];
begin
  locked := lock_credit_wallet(of_tenant, clock);
  if locked.wallet is null then
    return refuse_credits('wallet_missing');
  end if;
  moment := locked.moment;
  for burning in
    select id, credits - used as remaining, expires_at from credit_grants
    where tenant_id = of_tenant and wallet_id = locked.wallet and channel = of_channel and not spent
      and (expires_at > moment or expires_at is null)
    order by priority, expires_at, created_at, id
  loop
    available := available + burning.remaining;
    part := least(burning.remaining, missing);
    if part > 0 then
      missing := missing - part;
      grants := grants || burning.id;
      parts := parts || part;
      expiries := expiries || burning.expires_at;
    end if;
  end loop;
  if missing > 0 then
    return refuse_credits('credits_short', locked.wallet, available);
  end if;
  available := available - amount;
  if movement = 'reserve' then
    ends := moment + make_interval(secs => seconds_to_live);
    update credit_grants set used = used + taken.credits, reserved = reserved + taken.credits
    from unnest(grants, parts) as taken (id, credits) where tenant_id = of_tenant and credit_grants.id = taken.id;
  else
    update credit_grants set used = used + taken.credits, spent = used + taken.credits - reserved = credit_grants.credits
    from unnest(grants, parts) as taken (id, credits) where tenant_id = of_tenant and credit_grants.id = taken.id;
  end if;
  insert into credit_operations (tenant_id, id, wallet_id, sequence, channel, kind, credits, credits_after, reference, description,
    expires_at, counterparty_id, created_by, created_at)
  values (of_tenant, operation, locked.wallet, locked.number, of_channel, movement, amount, available, purpose, note,
    ends, other_side, actor, moment);
  -- What is used does not expire; what is reserved does not before the reservation ends.
  insert into credit_entries (tenant_id, operation_id, position, wallet_id, grant_id, channel, account, credits, effective_at)
  select of_tenant, operation, 6 * (taken.place - 1) + line.position, locked.wallet, taken.id, of_channel, line.account, line.credits,
    line.effective_at
  from unnest(grants, parts, expiries) with ordinality as taken (id, credits, expires_at, place), lateral (values
    (1, 'available', -taken.credits, moment), (2, target, taken.credits, moment),
    (3, 'available', taken.credits, case when ends is null or taken.expires_at <= ends then taken.expires_at end),
    (4, 'expired', -taken.credits, case when ends is null or taken.expires_at <= ends then taken.expires_at end),
    (5, 'reserved', -taken.credits, ends),
    (6, case when taken.expires_at <= ends then 'expired' else 'available' end, taken.credits, ends)
  ) as line (position, account, credits, effective_at)
  where line.effective_at is not null;
  return row('booked', locked.wallet, of_channel, amount, available, moment,
    watch_credit_balance(of_tenant, of_channel, available, moment))::credit_booking;
end $$;

-- Takes what was used of a reservation, or nothing of it (`amount` null), and gives the rest back to the grants it came from:
-- what is taken is taken in the order in which it was reserved.
create function close_credit_reservation(
  of_tenant uuid, operation uuid, reservation uuid, amount integer, clock timestamptz, actor uuid
) returns credit_booking language plpgsql set search_path = public, pg_temp as $$
declare
  locked record;
  held credit_operations;
  holding record;
  moment timestamptz;
  closed_by text;
  available bigint;
  missing integer := coalesce(amount, 0);
  part integer;
  grants uuid[];
  parts integer[];
  rests integer[];
  expiries timestamptz[];
begin
  locked := lock_credit_wallet(of_tenant, clock);
  if locked.wallet is null then
    return refuse_credits('wallet_missing');
  end if;
  moment := locked.moment;
  select * into held from credit_operations where tenant_id = of_tenant and id = reservation and kind = 'reserve';
  if held.id is null then
    return refuse_credits('reservation_missing', locked.wallet);
  end if;
  select kind into closed_by from credit_operations where tenant_id = of_tenant and reservation_id = reservation;
  if closed_by is not null then
    return refuse_credits(case closed_by when 'commit' then 'reservation_committed' else 'reservation_released' end, locked.wallet);
  elsif held.expires_at <= moment then
    return refuse_credits('reservation_expired', locked.wallet);
  elsif missing > held.credits then
    return refuse_credits('reservation_exceeded', locked.wallet);
  end if;
  for holding in
    select entry.grant_id, entry.credits, granted.expires_at
    from credit_entries entry join credit_grants granted on granted.tenant_id = entry.tenant_id and granted.id = entry.grant_id
    where entry.tenant_id = of_tenant and entry.operation_id = reservation and entry.account = 'reserved' and entry.credits > 0
    order by entry.position
  loop
    part := least(holding.credits, missing);
    missing := missing - part;
    grants := grants || holding.grant_id;
    parts := parts || part;
    rests := rests || (holding.credits - part);
    expiries := expiries || holding.expires_at;
  end loop;
  update credit_grants set used = used - back.rest, reserved = reserved - back.taken - back.rest,
    spent = used - reserved + back.taken = credits
  from unnest(grants, parts, rests) as back (id, taken, rest) where tenant_id = of_tenant and credit_grants.id = back.id;
  available := available_credits(of_tenant, locked.wallet, held.channel, moment);
  insert into credit_operations (tenant_id, id, wallet_id, sequence, channel, kind, credits, credits_after, reference, description,
    reservation_id, created_by, created_at)
  values (of_tenant, operation, locked.wallet, locked.number, held.channel, case when amount is null then 'release' else 'commit' end,
    coalesce(amount, held.credits), available, held.reference, held.description, reservation, actor, moment);
  insert into credit_entries (tenant_id, operation_id, position, wallet_id, grant_id, channel, account, credits, effective_at)
  select of_tenant, operation, 7 * (back.place - 1) + line.position, locked.wallet, back.id, held.channel, line.account, line.credits,
    line.effective_at
  from unnest(grants, parts, rests, expiries) with ordinality as back (id, taken, rest, expires_at, place), lateral (values
    (1, 'reserved', -back.taken - back.rest, moment), (2, 'consumed', back.taken, moment),
    (3, case when back.expires_at <= moment then 'expired' else 'available' end, back.rest, moment),
    -- What was booked ahead for the end of the reservation does not happen.
    (4, 'reserved', back.taken + back.rest, held.expires_at),
    (5, case when back.expires_at <= held.expires_at then 'expired' else 'available' end, -back.taken - back.rest, held.expires_at),
    -- What is back expires with its grant, and what was used does not; a reservation that ends later had taken back the expiry.
    (6, 'available', case when back.expires_at <= held.expires_at then -back.rest else back.taken end, back.expires_at),
    (7, 'expired', case when back.expires_at <= held.expires_at then back.rest else -back.taken end, back.expires_at)
  ) as line (position, account, credits, effective_at)
  where line.credits <> 0 and line.effective_at is not null and not (line.position >= 6 and back.expires_at <= moment);
  return row('booked', locked.wallet, held.channel, coalesce(amount, held.credits), available, moment,
    watch_credit_balance(of_tenant, held.channel, available, moment))::credit_booking;
end $$;

-- Takes credits out of one wallet and grants them to another, which needs a role that sees both. Priority and expiry travel along;
-- a given priority takes their place, and a given expiry that of a later one. Returns both sides, the giver's first.
create function transfer_credits(
  of_tenant uuid, to_tenant uuid, out_operation uuid, in_operation uuid, of_channel text, amount integer, origin text,
  burn_priority integer, expires timestamptz, clock timestamptz, purpose text, note text, actor uuid
) returns setof credit_booking language plpgsql set search_path = public, pg_temp as $$
declare
  wallets integer;
  started timestamptz;
  given credit_booking;
  wallet uuid;
  number bigint;
  moment timestamptz;
  available bigint;
begin
  select count(*), max(greatest(clock, settled_at)) into wallets, started from (
    select settled_at from credit_wallets where tenant_id in (of_tenant, to_tenant) order by tenant_id for update
  ) as both_sides;
  if wallets < 2 then
    return next refuse_credits('wallet_missing');
    return;
  elsif expires <= started then
    return next refuse_credits('expiry_past');
    return;
  end if;
  given := debit_credits(of_tenant, out_operation, 'transfer_out', of_channel, amount, null, started, purpose, note, to_tenant, actor);
  return next given;
  if given.outcome <> 'booked' then
    return;
  end if;
  select * into wallet, number, moment from lock_credit_wallet(to_tenant, started);
  available := available_credits(to_tenant, wallet, of_channel, moment) + amount;
  insert into credit_operations (tenant_id, id, wallet_id, sequence, channel, kind, credits, credits_after, reference, description,
    counterparty_id, created_by, created_at)
  values (to_tenant, in_operation, wallet, number, of_channel, 'transfer_in', amount, available, purpose, note, of_tenant, actor, moment);
  with piece as (
    select coalesce(burn_priority, source.priority) as priority, least(expires, source.expires_at) as expires_at,
      sum(entry.credits)::integer as credits
    from credit_entries entry
      join credit_grants source on source.tenant_id = entry.tenant_id and source.id = entry.grant_id
    where entry.tenant_id = of_tenant and entry.operation_id = out_operation and entry.account = 'issued'
    group by 1, 2
  ), granted as (
    insert into credit_grants (tenant_id, id, wallet_id, operation_id, channel, credits, priority, source, expires_at, created_at)
    select to_tenant, gen_random_uuid(), wallet, in_operation, of_channel, piece.credits, piece.priority, origin, piece.expires_at, moment
    from piece
    returning id, credits, priority, expires_at
  )
  insert into credit_entries (tenant_id, operation_id, position, wallet_id, grant_id, channel, account, credits, effective_at)
  select to_tenant, in_operation, row_number() over (order by granted.priority, granted.expires_at, line.position), wallet, granted.id,
    of_channel, line.account, line.credits, line.effective_at
  from granted, lateral (values
    (1, 'available', granted.credits, moment), (2, 'issued', -granted.credits, moment),
    (3, 'available', -granted.credits, granted.expires_at), (4, 'expired', granted.credits, granted.expires_at)
  ) as line (position, account, credits, effective_at)
  where line.effective_at is not null;
  return next row('booked', wallet, of_channel, amount, available, moment,
    watch_credit_balance(to_tenant, of_channel, available, moment))::credit_booking;
end $$;
