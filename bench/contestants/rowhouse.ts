import { ScopedPool } from '../../src/config/scoped-pool.ts';
import { main } from '../../src/index.ts';
import { platformScope } from '../../src/types/context-factory.ts';
import { required, serveBench } from './report.ts';

/** Statements go out without a tenant in front of them, for the server without row-level security. */
function dropTheWall(): void {
  const run = ScopedPool.prototype.run;
  ScopedPool.prototype.run = function runWithoutTenant(_scope, config) {
    return run.call(this, platformScope, config);
  };
}

if (process.env.BENCH_WITHOUT_WALL === 'true') dropTheWall();
const running = await main(process.env);
const [api] = running.addresses;
serveBench(Number(new URL(api?.url ?? required('API')).port), running.close);
