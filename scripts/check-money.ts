import { openInstallation } from './lib/installation.ts';
import { checkMoney } from './lib/money-check.ts';
import { runProgram } from './lib/run-program.ts';

/**
 * npm run check:money: compares the ledger with invoices, payments, payouts and credits of all tenants, and prints what differs.
 * The exit code is 0 if nothing does.
 */
await runProgram(async (environment) => {
  const installation = await openInstallation(environment);
  try {
    const { checks, differences, differenceCount } = await checkMoney(installation.environment);
    console.table(checks);
    if (differences.length > 0) console.table(differences);
    console.log(
      differenceCount === 0
        ? 'Nothing differs.'
        : `${differenceCount} differences, ${differences.length} of them shown.`,
    );
    if (differenceCount > 0) process.exitCode = 1;
  } finally {
    await installation.close();
  }
});
