import * as z from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const parameter = z.union([
  scalar,
  z.array(z.union([z.string(), z.number()])),
  z.record(z.string(), z.union([z.string(), z.number()])),
]);

const extensionSchema = z
  .union([
    z.string().min(1).meta({ title: 'Extension' }),
    z
      .strictObject({
        name: z.string().min(1).meta({ title: 'Extension' }),
        repo: z.string().min(1).optional().meta({ title: 'Repository' }),
      })
      .meta({ title: 'Extension of a repository' }),
  ])
  .meta({
    title: 'Extension',
    pattern_descriptor: 'the name of an extension, or {name: NAME, repo: REPOSITORY}',
  });

const extensionsSchema = z
  .array(extensionSchema)
  .optional()
  .meta({
    title: 'Extensions',
    description:
      'DuckDB extensions to load. Those that secrets and attached databases need are loaded by themselves. What is not in extension_directory is downloaded.',
    examples: [['httpfs'], [{ name: 'snowflake', repo: 'community' }]],
  });

const secretSchema = z
  .object({
    type: z
      .string()
      .min(1)
      .meta({ title: 'Type', description: 'What the secret is for.', examples: ['postgres', 's3'] }),
    name: z
      .string()
      .min(1)
      .optional()
      .meta({ title: 'Name', description: 'What `attach` calls it by.', examples: ['pg'] }),
    provider: z
      .string()
      .min(1)
      .optional()
      .meta({
        title: 'Provider',
        description: 'Where its values come from. Default: from the keys beside it.',
        examples: ['credential_chain'],
      }),
    scope: z
      .union([
        z.string().min(1).meta({ title: 'Address' }),
        z.array(z.string().min(1)).meta({ title: 'Several addresses' }),
      ])
      .optional()
      .meta({
        title: 'Scope',
        description: 'The addresses that it is for, by how they begin.',
        examples: ['s3://marts'],
        pattern_descriptor: 'an address, or a list of them',
      }),
    persistent: z
      .boolean()
      .refine((kept) => !kept, { error: 'false: secrets are never kept after a run' })
      .optional()
      .meta({ title: 'Persistent', description: 'Secrets are never kept after a run.', examples: [false] }),
  })
  .catchall(parameter)
  .meta({ title: 'Secret', description: 'Credentials, with the keys that DuckDB has for their type.' });

/** Credentials of databases and object stores. */
export const secretsSchema = z
  .array(secretSchema)
  .optional()
  .meta({
    title: 'Secrets',
    description:
      'Credentials of databases and object stores, with the keys that DuckDB has for each type. Their values are never printed.',
    examples: [
      [{ name: 'pg', type: 'postgres', host: 'db', database: 'wh', user: 'ro', password: 'from the environment' }],
      [{ type: 's3', provider: 'credential_chain' }],
    ],
  });

const attachSchema = z
  .array(
    z
      .strictObject({
        path: z
          .string()
          .default('')
          .meta({
            title: 'Path',
            description:
              'A file, an address, or what the type takes. Empty where the secret says where the database is.',
            examples: ['ducklake:meta.ducklake'],
          }),
        type: z
          .string()
          .min(1)
          .optional()
          .meta({
            title: 'Type',
            description: 'Of the database. Default: what the path says.',
            examples: ['postgres', 'mysql', 'sqlite', 'duckdb', 'ducklake', 'iceberg', 'delta'],
          }),
        alias: z
          .string()
          .min(1)
          .optional()
          .meta({ title: 'Alias', description: 'The database in the names of its tables.', examples: ['wh'] }),
        secret: z
          .string()
          .min(1)
          .optional()
          .meta({ title: 'Secret', description: 'The name of one of `secrets`.', examples: ['pg'] }),
        read_only: z
          .boolean()
          .refine((isReadOnly) => isReadOnly, { error: 'true: databases are attached for reading only' })
          .optional()
          .meta({ title: 'Read only', description: 'Databases are always attached for reading.', examples: [true] }),
        options: z
          .record(z.string(), scalar)
          .optional()
          .meta({
            title: 'Options',
            description: 'What else ATTACH takes for the type.',
            examples: [{ data_path: 's3://lake/' }],
          }),
      })
      .meta({ title: 'Attached database' }),
  )
  .optional()
  .meta({
    title: 'Attached databases',
    description: 'Databases that tables and queries may name, by `alias.schema.table`. Always for reading.',
    examples: [[{ path: '', type: 'postgres', alias: 'wh', secret: 'pg' }]],
  });

const settingsSchema = z
  .record(z.string(), scalar)
  .optional()
  .meta({
    title: 'Settings',
    description: 'Settings of extensions, and those of DuckDB that change how fast it reads.',
    examples: [{ pg_use_ctid_scan: false }],
  });

/** What a DuckDB source reads beside a file, in the words of dbt-duckdb. */
export const attachedKeys = {
  extensions: extensionsSchema,
  secrets: secretsSchema,
  attach: attachSchema,
  settings: settingsSchema,
};
