import { startTestServers, stopTestServers } from './test-servers.mjs';

/** Jest calls it once before all test files, and calls no teardown when it fails. */
// biome-ignore lint/style/noDefaultExport: Jest takes the default export
export default async function globalSetup() {
  try {
    await startTestServers();
  } catch (error) {
    await stopTestServers();
    throw error;
  }
}
