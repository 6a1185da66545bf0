/** What each part of the tree may import; the longest path that fits a file counts. This table is the architecture. */
export const allowed: Readonly<Record<string, readonly string[]>> = {
  runtime: ['node:', 'runtime/'],
  'runtime/config/': ['node:', 'runtime/', 'yaml'],
  'runtime/http/': ['node:', 'runtime/', 'undici', 'p-limit'],
  'runtime/duckdb/': ['node:', 'runtime/', '@duckdb/node-api'],
  'runtime/source/': ['node:', 'runtime/', '@duckdb/node-api'],
  'runtime/source/arrow/': ['node:', 'runtime/', '@duckdb/node-api', 'apache-arrow', 'fzstd', 'lz4js'],
  'runtime/state/': ['node:', 'runtime/', '@duckdb/node-api'],
  'runtime/state/server/': ['node:', 'runtime/', '@duckdb/node-api', 'pg'],
  'runtime/listeners/telemetry.ts': ['runtime/', '@opentelemetry/api'],
  'runtime/commands/shared/arguments.ts': ['runtime/', 'commander'],
  'runtime/cli/': ['node:', 'runtime/', 'commander'],
  catalog: ['node:', 'catalog/', 'runtime/', 'libphonenumber-js', 'tldts', 'validator'],
  spec: ['spec/', 'catalog/', 'runtime/', 'zod', 'yaml'],
  connector: ['node:events', 'connector/', 'spec/', 'catalog/', 'runtime/'],
  'connector/api/wire.ts': ['connector/', 'catalog/', 'runtime/', 'zod'],
  'connector/demo/': ['node:', 'connector/', 'runtime/', 'emulator/'],
  'connector/probe/': ['node:', 'connector/', 'spec/', 'catalog/', 'runtime/'],
  'connector/main.ts': ['node:module', 'connector/', 'spec/', 'runtime/', 'emulator/', 'package.json'],
  emulator: ['emulator/', 'node:', 'libphonenumber-js'],
  library: ['node:', 'library/', 'connector/', 'spec/', 'runtime/', 'emulator/', 'package.json'],
  examples: ['destination-apollo', 'zod', 'examples/', 'node:'],
};

/** The rooms of a part, from the ground up: a file imports from its own room and from those before it, for types too. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  runtime: [
    'contract',
    'config',
    'http',
    'deliver',
    'duckdb',
    'facts',
    'source',
    'state',
    'run',
    'text',
    'listeners',
    'page',
    'airbyte',
    'init',
    'commands',
    'cli',
  ],
  connector: ['api', 'record', 'workspace', 'steps', 'writers', 'demo', 'probe', ''],
};

/** Both, as CONTRIBUTING shows them. */
export function architectureTable(): string {
  const parts = Object.entries(allowed).map(
    ([part, names]) => `| \`${part}\` | ${names.map((name) => `\`${name}\``).join(', ')} |`,
  );
  const orders = Object.entries(rooms).map(([part, order]) => {
    const names = order.map((room) => (room === '' ? 'the files of the part itself' : `\`${room}\``));
    return `Rooms of \`${part}/\`, from the ground up: ${names.join(', ')}.`;
  });
  return [['| part | may import |', '| --- | --- |', ...parts].join('\n'), ...orders].join('\n\n');
}
