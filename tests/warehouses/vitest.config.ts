import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/warehouses/*.warehouse.ts'],
    globalSetup: ['./tests/support/temporary-folder.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    fileParallelism: false,
    maxConcurrency: 3,
    reporters: ['default', './tests/support/count-reporter.ts'],
  },
});
