import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

/** Browser tests against the real binary (`WAYPOST_BIN`) in Debian's Chromium. One gateway per file, files one after the other. */
export default defineConfig({
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: {
    environment: 'node',
    include: ['e2e/**/*.e2e.ts'],
    fileParallelism: false,
    // Bounds of failure alone: a loaded machine with two cores is many times slower than an idle one.
    testTimeout: 240_000,
    hookTimeout: 240_000,
  },
});
