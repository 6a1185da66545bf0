import { formSchemaOf, invalidConfig, type JsonSchema, problemsOf } from 'destination-apollo/cdk';
import { z } from 'zod';

const stream = z.strictObject({
  name: z.string().min(1),
  table: z.string().min(1).optional(),
  query: z.string().min(1).optional(),
  /** The column that names a record. */
  key: z.string().min(1),
  object: z.string().default('records'),
  mode: z.literal('upsert').default('upsert'),
});

const schema = z.strictObject({
  url: z.url().meta({ title: 'URL', description: 'Where batches are posted.' }),
  secret: z.string().min(1).meta({ title: 'Secret', description: 'Sent as a bearer token.', airbyte_secret: true }),
  batch_size: z.int().min(1).max(1000).default(100),
  streams: z.array(stream).min(1),
  // What every destination has; the runtime reads it.
  source: z.looseObject({ type: z.literal('duckdb'), database: z.string().optional() }).optional(),
  rejects: z
    .strictObject({ path: z.string(), fail_above_percent: z.number().min(0).max(100).default(100) })
    .default({ path: 'rejects.jsonl', fail_above_percent: 100 }),
  state: z.strictObject({ type: z.enum(['none', 'duckdb']), path: z.string().optional() }).default({ type: 'none' }),
});

export type WebhookConfig = z.output<typeof schema>;
export type WebhookStream = WebhookConfig['streams'][number];

const annotated = z.toJSONSchema(schema, { io: 'input' }) as JsonSchema;

/** What Airbyte makes its form of. */
export const configSchema = (): JsonSchema => formSchemaOf(annotated);

/** Throws ConfigFailure with every problem, each by the path of its key. */
export function parseConfig(json: unknown): WebhookConfig {
  const { data, error } = schema.safeParse(json);
  if (data !== undefined) return data;
  throw invalidConfig(problemsOf(error!.issues, json, annotated, (text) => text));
}
