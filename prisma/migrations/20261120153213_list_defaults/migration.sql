-- AlterTable
ALTER TABLE "plans" ALTER COLUMN "features" SET DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "invoices" ALTER COLUMN "customer_address_lines" SET DEFAULT ARRAY[]::TEXT[];

-- AlterTable
ALTER TABLE "tenants" ALTER COLUMN "address_lines" SET DEFAULT ARRAY[]::TEXT[];
