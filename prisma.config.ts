import { defineConfig } from 'prisma/config';

/**
 * For Prisma's own command line, which generates the client and, where its native engine can be downloaded, works on the
 * same migrations as `npm run migrate`. DATABASE_URL is the owner's; generating needs none.
 */
export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env.DATABASE_URL ?? '' },
});
