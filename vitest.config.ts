import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: ['./tests/support/seed.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    // One for each processor; the default leaves one idle, which is half of them where there are two.
    maxWorkers: '100%',
    reporters: ['default', './tests/support/count-reporter.ts'],
  },
});
