import type { JsonSchema } from '../runtime/contract/protocol.ts';
import { annotatedSchema } from './specification.ts';

/** The schema that every configuration is read by. The build puts the value in the place of this file, as for what `spec` prints. */
export const madeSchema: JsonSchema = annotatedSchema();
