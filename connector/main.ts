import { runEmulator } from '../emulator/server/command.ts';
import manifest from '../package.json' with { type: 'json' };
import { entrypoint } from '../runtime/cli/entrypoint.ts';
import { apollo } from './apollo.ts';
import { demo } from './demo/demo.ts';
import { probe } from './probe/command.ts';
import { scaffolder } from './scaffolder.ts';

await entrypoint(apollo, {
  name: apollo.name,
  version: manifest.version,
  summary: 'Rows of a warehouse become contacts and accounts in Apollo.io, every row accounted for.',
  environment: { APOLLO_API_KEY: 'the API key, where the configuration gives none' },
  scaffolder: scaffolder(manifest.version),
  demo,
  probe,
  emulator: (args, { stdout, stderr, signal }) => runEmulator(args, { write: stdout, writeError: stderr, signal }),
});
