import { parseArgs } from 'node:util';
import { runProgram } from '../scripts/lib/run-program.ts';
import { describeMachine } from './lib/machine.ts';
import { type MoneyProduct, startMoneyProduct } from './lib/money-product.ts';
import { reportFinalization } from './money/finalize.ts';
import { reportDocuments } from './money/pdfs.ts';
import { reportRefunds } from './money/refunds.ts';
import { reportWallets } from './money/wallets.ts';

/** What is measured, by its name; each says its figures, and what binds them. */
const parts: ReadonlyMap<string, (product: MoneyProduct) => Promise<string>> = new Map([
  ['finalize', reportFinalization],
  ['pdfs', reportDocuments],
  ['wallets', reportWallets],
  ['refunds', reportRefunds],
]);

async function run(only: readonly string[]): Promise<void> {
  const unknown = only.filter((name) => !parts.has(name));
  if (unknown.length > 0) throw new RangeError(`--only takes ${[...parts.keys()].join(', ')}`);
  for (const [name, report] of parts) {
    if (only.length > 0 && !only.includes(name)) continue;
    const product = await startMoneyProduct();
    try {
      console.log(`${describeMachine(product.version)}\n${await report(product)}`);
    } finally {
      await product.stop();
    }
  }
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });

/** npm run bench:money: what bookings cost, with every commit on the disk. */
await runProgram(() => run(values.only.split(',').filter(Boolean)));
