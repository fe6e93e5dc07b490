import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import bcrypt from 'bcrypt';
import { required, serveBench } from './report.ts';

/** Nothing but comparing passwords: what the machine's cores can do at most. */
const hash = required('BENCH_PASSWORD_HASH');

const server = createServer((req, res) => {
  req.resume();
  bcrypt.compare('a password of nobody', hash).then(
    () => res.setHeader('Content-Length', 0).end(),
    () => res.destroy(),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  serveBench(address.port, async () => void server.close());
});
