import * as z from 'zod';
import { addressFault } from '../connection.ts';

const secret = { airbyte_secret: true, format: 'password', writeOnly: true } as const;
const variable = (name: string): string => `\${${name}}`;

const address = (title: string, description: string, example: string, fault = addressFault) =>
  z
    .string()
    .check(({ value, issues }) => {
      const expected = fault(value);
      if (expected !== undefined) issues.push({ code: 'custom', input: value, message: expected });
    })
    .meta({ title, description, examples: [example], format: 'uri' });

const text = (title: string, description: string, example: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ title, description, examples: [example] });

const secretText = (title: string, description: string, example: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta({ title, description, examples: [variable(example)], ...secret });

/** A server of one's own may be reached by plain http; there is a warning then. */
const serverFault = (value: string): string | undefined => addressFault(value.replace(/^http:/i, 'https:'));

/** Rows of a ClickHouse server, over HTTP. */
export const clickHouseSchema = (memoryLimit: z.ZodType<string | undefined>) =>
  z
    .strictObject({
      type: z.literal('clickhouse').meta({
        title: 'Source type',
        description: 'Reads tables and queries of ClickHouse over its HTTP interface.',
        examples: ['clickhouse'],
      }),
      url: address('URL', 'Where its HTTP interface is.', 'https://ch.example:8443', serverFault),
      user: text('User', 'Who reads. Default: `default`.', 'reader'),
      password: secretText('Password', 'The password of the user.', 'CLICKHOUSE_PASSWORD'),
      access_token: secretText('Access token', 'A JWT in place of user and password.', 'CLICKHOUSE_TOKEN'),
      database: text('Database', 'Where names without a database are looked for.', 'marts'),
      settings: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
        .optional()
        .meta({
          title: 'Settings',
          description: 'Settings of ClickHouse for the queries of a run.',
          examples: [{ max_threads: 4 }],
        }),
      memory_limit: memoryLimit,
    })
    .meta({ title: 'Rows from ClickHouse', description: 'Tables and queries of a ClickHouse server.' });

/** Rows of a SQL warehouse of Databricks. */
export const databricksSchema = (memoryLimit: z.ZodType<string | undefined>) =>
  z
    .strictObject({
      type: z.literal('databricks').meta({
        title: 'Source type',
        description: 'Reads tables and queries of Databricks over its SQL Statement Execution API.',
        examples: ['databricks'],
      }),
      url: address('URL', 'The address of the workspace.', 'https://adb-1234567890123456.7.azuredatabricks.net'),
      warehouse_id: z
        .string()
        .min(1)
        .meta({
          title: 'Warehouse',
          description: 'The id of the SQL warehouse that runs queries.',
          examples: ['abcdef0123456789'],
        }),
      access_token: secretText('Access token', 'A personal access token, or one of OAuth.', 'DATABRICKS_TOKEN'),
      client_id: text(
        'Client id',
        'Of a service principal, in place of a token.',
        '5c1a0000-0000-0000-0000-000000000000',
      ),
      client_secret: secretText(
        'Client secret',
        'The OAuth secret of the service principal.',
        'DATABRICKS_CLIENT_SECRET',
      ),
      catalog: text('Catalog', 'Where names without a catalog are looked for.', 'main'),
      schema: text('Schema', 'Where names without a schema are looked for.', 'marts'),
      memory_limit: memoryLimit,
    })
    .meta({ title: 'Rows from Databricks', description: 'Tables and queries of a SQL warehouse of Databricks.' });
