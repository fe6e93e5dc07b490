import { stopTestServers } from './test-servers.mjs';

// biome-ignore lint/style/noDefaultExport: Jest takes the default export
export default async function globalTeardown() {
  await stopTestServers();
}
