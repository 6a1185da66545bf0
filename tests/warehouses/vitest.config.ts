import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/warehouses/*.warehouse.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    fileParallelism: false,
    reporters: ['default', './tests/support/count-reporter.ts'],
  },
});
