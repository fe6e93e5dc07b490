import { demoLogins, seed } from '../prisma/seed.ts';
import { openInstallation } from './lib/installation.ts';
import { runProgram } from './lib/run-program.ts';

/** Adds the demo to the configured database, or to the embedded one. */
await runProgram(async (environment) => {
  const installation = await openInstallation(environment);
  try {
    const added = await seed(installation.environment);
    console.log(added ? 'The demo has been added.' : 'The demo is there already: nothing was changed.');
    for (const { role, email, password } of demoLogins) console.log(`  ${role.padEnd(16)} ${email}  ${password}`);
  } finally {
    await installation.close();
  }
});
