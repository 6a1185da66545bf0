import { defineConfig } from 'vitest/config';

const library = (name: string): string => new URL(`./library/${name}.ts`, import.meta.url).pathname;

export default defineConfig({
  // The package as others import it; package.json says the same of what is built.
  resolve: {
    alias: [
      { find: /^destination-apollo$/, replacement: library('index') },
      { find: /^destination-apollo\/(cdk|emulator|testing)$/, replacement: library('$1') },
    ],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    tags: [
      {
        name: 'slow',
        description: 'Not in `npm test`, but in `npm run test:slow`: a sweep of which a small case is no slow test.',
      },
    ],
    globalSetup: ['./tests/support/temporary-folder.ts'],
    setupFiles: ['./tests/support/set-up.ts'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    pool: 'forks',
    // Loading the modules again for each file takes half of the time; a test leaves nothing behind that another would see.
    isolate: false,
    // What a file is transformed to is kept in node_modules, by its content: a second run transforms only what has changed.
    experimental: { fsModuleCache: true },
    // One for each processor; the default leaves one idle, which is half of them where there are two.
    maxWorkers: '100%',
    reporters: ['default', './tests/support/count-reporter.ts'],
  },
});
