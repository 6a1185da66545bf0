import * as z from 'zod';
import { secretsSchema } from './source/attached-source.ts';

/** Where `sync` remembers what earlier runs learned, when the configuration says nothing else. */
export const DEFAULT_STATE_PATH = '.destination-apollo/state.duckdb';

/** Keys that an example needs beside it. */
type Context = Readonly<Record<string, string>>;

const typed = <T extends string>(type: T, description: string, context?: Context) =>
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

const beside = { host: 'db.example.com' };
const inLake = { ...beside, data_path: 's3://analytics/apollo-state/' };

const without = (context: Context, name: string): Context =>
  Object.fromEntries(Object.entries(context).filter(([key]) => key !== name));
const text = z.string().min(1).optional();

// How a PostgreSQL database is reached.
const address = (beside: Context) => ({
  url: text.meta({
    title: 'Address of the database',
    description: 'All of it in one, with a mode of TLS where one is needed. Instead of the keys from host to sslmode.',
    examples: ['postgres://sync:password@db.example.com:5432/analytics?sslmode=require'],
    airbyte_secret: true,
    context: without(beside, 'host'),
  }),
  host: text.meta({
    title: 'Host',
    description: 'The server, or the folder of its socket.',
    examples: ['db.example.com'],
    context: without(beside, 'host'),
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
    description: "Where DuckDB's extensions are. The folder of the source counts where it is left out.",
    examples: ['/opt/duckdb/extensions'],
    context: beside,
  }),
});

const server = z
  .strictObject({
    type: typed(
      'postgres',
      'Tables of a PostgreSQL database remember what was written; several runs share them.',
      beside,
    ),
    ...address(beside),
  })
  .meta({
    title: 'State store in PostgreSQL',
    description: 'Tables of a PostgreSQL database remember what was written.',
  });

const lake = z
  .strictObject({
    type: typed('ducklake', 'A DuckLake remembers what was written; its data may lie in an object store.', {
      path: 'state.ducklake',
    }),
    path: text.meta({
      title: 'Catalogue file',
      description: 'A DuckDB file, made where it does not exist. Without it, the catalogue is in PostgreSQL.',
      examples: ['.destination-apollo/state.ducklake'],
    }),
    data_path: text.meta({
      title: 'Data',
      description: 'A folder, or an address of an object store. Default: beside the file of the catalogue.',
      examples: ['s3://analytics/apollo-state/'],
      context: { path: '.destination-apollo/state.ducklake' },
    }),
    secrets: secretsSchema.meta({ ...secretsSchema.meta(), context: inLake, form: 'omit' }),
    ...address(inLake),
  })
  .meta({
    title: 'State store in a DuckLake',
    description: 'A DuckLake remembers what was written: for machines without a disk of their own.',
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
export const stateSchema = z.discriminatedUnion('type', [file, none, server, lake]).meta({
  title: 'State store',
  description:
    'What is remembered between runs. Without this key: duckdb at its default path for `sync` and `preview`, none for the Airbyte commands.',
  examples: [{ type: 'duckdb', path: DEFAULT_STATE_PATH }],
  display_type: 'dropdown',
  group: 'run',
});
