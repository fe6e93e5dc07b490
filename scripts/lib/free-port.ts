import { createServer } from 'node:net';
import { hasErrorCode } from './setup-error.ts';

const listenOnce = async (port: number): Promise<number> =>
  await new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });

/** A port of 127.0.0.1 that nothing listens on: `preferred` if it is free, else one the system chooses. */
export const findFreePort = async (preferred = 0): Promise<number> => {
  try {
    return await listenOnce(preferred);
  } catch (error) {
    if (preferred !== 0 && hasErrorCode(error, 'EADDRINUSE', 'EACCES')) return await listenOnce(0);
    throw error;
  }
};
