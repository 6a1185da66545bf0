import { editorSchemaOf } from '../runtime/config/schema-forms.ts';
import type { JsonSchema } from '../runtime/contract/protocol.ts';
import { madeSchema } from './made-schema.ts';

/** The strict JSON Schema that editors check a configuration file against. */
export const editorSchema = (): JsonSchema => ({ ...editorSchemaOf(madeSchema), title: 'destination-apollo' });
