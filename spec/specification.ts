import * as z from 'zod';
import { formSchemaOf } from '../runtime/config/schema-forms.ts';
import type { JsonSchema, Specification } from '../runtime/contract/protocol.ts';
import { configSchema } from './config.ts';

const GROUPS = [
  { id: 'connection', title: 'Connection' },
  { id: 'streams', title: 'Streams' },
  { id: 'limits', title: 'Limits' },
  { id: 'run', title: 'Run' },
] as const;

// It never changes, and to make it takes longer than to check a configuration by it.
let annotated: JsonSchema | undefined;

/** The JSON Schema of the configuration with our own notes: what messages and documentation are made from. */
export function annotatedSchema(): JsonSchema {
  annotated ??= z.toJSONSchema(configSchema, {
    target: 'draft-07',
    io: 'input',
    reused: 'inline',
    override: tidy,
  }) as JsonSchema;
  return annotated;
}

// The default `{}` of an object says nothing: the defaults are those of its keys. Nor does zod's bound of safe integers.
const tidy = ({ jsonSchema }: { jsonSchema: object }): void => {
  const draft = jsonSchema as Record<string, unknown>;
  if (draft['type'] === 'object') delete draft['default'];
  if (draft['maximum'] === Number.MAX_SAFE_INTEGER) delete draft['maximum'];
};

/** What Airbyte learns of this connector: the form of its configuration, and what it can do. */
export const specification = (): Specification => ({
  documentationUrl: 'https://docs.apollo.io/docs/create-api-key',
  supportsIncremental: true,
  supported_destination_sync_modes: ['append', 'append_dedup'],
  protocol_version: '0.2.0',
  connectionSpecification: { ...formSchemaOf(annotatedSchema()), groups: GROUPS },
});
