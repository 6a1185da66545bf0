import * as z from 'zod';

/** Where `sync` remembers what earlier runs learned, when the configuration says nothing else. */
export const DEFAULT_STATE_PATH = '.destination-apollo/state.duckdb';

const typed = <T extends string>(type: T, description: string, context?: { readonly host: string }) =>
  z.literal(type).meta({ title: 'State store type', description, examples: [type], ...(context && { context }) });

const file = z
  .strictObject({
    type: typed('duckdb', 'A DuckDB file remembers what was written, so that a run sends only what changed.'),
    path: z
      .string()
      .min(1)
      .default(DEFAULT_STATE_PATH)
      .meta({
        title: 'State store file',
        description: 'The DuckDB file, made where it does not exist.',
        examples: [DEFAULT_STATE_PATH],
      }),
  })
  .meta({
    title: 'State store in a DuckDB file',
    description: 'A DuckDB file remembers what was written.',
    form: 'last',
  });

// The keys that an example of one of them needs beside it.
const beside = { host: 'db.example.com' };
const text = z.string().min(1).optional();

const server = z
  .strictObject({
    type: typed(
      'postgres',
      'Tables of a PostgreSQL database remember what was written; several runs share them.',
      beside,
    ),
    url: text.meta({
      title: 'Address of the database',
      description:
        'All of it in one, with a mode of TLS where one is needed. Instead of the keys from host to sslmode.',
      examples: ['postgres://sync:password@db.example.com:5432/analytics?sslmode=require'],
      airbyte_secret: true,
    }),
    host: text.meta({
      title: 'Host',
      description: 'The server, or the folder of its socket.',
      examples: ['db.example.com'],
    }),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta({
        title: 'Port',
        description: 'Of the server; 5432 where it is left out.',
        examples: [5432],
        context: beside,
      }),
    database: text.meta({
      title: 'Database',
      description: 'Its name; that of the user where it is left out.',
      examples: ['analytics'],
      context: beside,
    }),
    user: text.meta({
      title: 'User',
      description: 'The role that owns the schema.',
      examples: ['sync'],
      context: beside,
    }),
    password: text.meta({
      title: 'Password',
      description: 'Of that role.',
      examples: ['password'],
      context: beside,
      airbyte_secret: true,
    }),
    sslmode: z
      .enum(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'])
      .optional()
      .meta({
        title: 'TLS',
        description: 'As libpq has it; prefer where it is left out.',
        examples: ['verify-full'],
        context: beside,
      }),
    schema: z
      .string()
      .min(1)
      .default('apollo_sync')
      .meta({
        title: 'Schema',
        description: 'Where the tables are. It is made where the role may do so.',
        examples: ['apollo_sync'],
        context: beside,
      }),
    extension_directory: text.meta({
      title: 'Folder of extensions',
      description: "Where DuckDB's extension postgres is. The folder of the source counts where it is left out.",
      examples: ['/opt/duckdb/extensions'],
      context: beside,
    }),
  })
  .meta({
    title: 'State store in PostgreSQL',
    description: 'Tables of a PostgreSQL database remember what was written.',
  });

const none = z
  .strictObject({
    type: typed('none', 'Nothing is remembered between runs.'),
    path: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'State store file',
        description: 'Not used while nothing is remembered.',
        examples: [DEFAULT_STATE_PATH],
        form: 'omit',
      }),
  })
  .meta({ title: 'No state store', description: 'Every run starts afresh.' });

/** What is remembered between runs, and where. */
export const stateSchema = z.discriminatedUnion('type', [file, none, server]).meta({
  title: 'State store',
  description:
    'What is remembered between runs. Without this key: duckdb at its default path for `sync` and `preview`, none for the Airbyte commands.',
  examples: [{ type: 'duckdb', path: DEFAULT_STATE_PATH }],
  display_type: 'dropdown',
  group: 'run',
});
