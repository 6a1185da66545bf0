#!/usr/bin/env node
import module from 'node:module';
import manifest from '../package.json' with { type: 'json' };

// What was compiled once need not be compiled at the next start (Node from 22.1 on). Before all imports that it is to serve.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();

const { entrypoint } = await import('../runtime/cli/entrypoint.ts');

// Everything that not each command needs is loaded by those that do.
await entrypoint(async () => (await import('./apollo.ts')).apollo, {
  name: manifest.name,
  version: manifest.version,
  summary: 'Rows of a warehouse become contacts and accounts in Apollo.io, every row accounted for.',
  environment: { APOLLO_API_KEY: 'the API key, where the configuration gives none' },
  specification: async () => (await import('../spec/printed-specification.ts')).printed,
  scaffolder: async () => (await import('./scaffolder.ts')).scaffolder(manifest.version),
  demo: async (io) => (await import('./demo/demo.ts')).demo(io),
  probe: async (io) => (await import('./probe/command.ts')).probe(io),
  emulator: async (args, { stdout, stderr, signal }) => {
    const { runEmulator } = await import('../emulator/server/command.ts');
    return runEmulator(args, { write: stdout, writeError: stderr, signal });
  },
});
