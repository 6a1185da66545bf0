import { contacts } from '../../catalog/contact.ts';
import { customFields } from '../../catalog/custom-field.ts';
import { compileMapping } from '../../catalog/mapping.ts';
import type { Field } from '../../catalog/object.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';

type MappingInput = Parameters<typeof compileMapping>[0];

/** What a stream says of its mapping. */
export type StreamMapping = MappingInput['stream'];

/** An id of Apollo. */
export const hex = (n: number): string => n.toString(16).padStart(24, '0');

const custom = customFields(contacts, [
  {
    id: hex(1),
    modality: 'contact',
    name: 'Customer Tier',
    type: 'picklist',
    picklist_values: [{ id: hex(11), name: 'Gold' }],
  },
  { id: hex(2), modality: 'contact', name: 'Score', type: 'number' },
  { id: hex(3), modality: 'contact', name: 'score', type: 'string' },
  { id: hex(4), modality: 'contact', name: 'Lead Source', type: 'string', is_readonly_mapped_crm_field: true },
]);

const stages = contacts.fields.map((one) =>
  one.type === 'stage' ? { ...one, options: [{ id: hex(50), names: ['Cold'] }] } : one,
);

/** The fields of contacts, with custom ones. */
export const fields: readonly Field[] = [...stages, ...custom];

const stream = (more: Partial<StreamMapping> = {}): StreamMapping => ({
  path: 'streams[0]',
  mode: 'upsert',
  nulls: 'ignore',
  ...more,
});

/** A mapping of contacts. */
export function compile(more: Partial<StreamMapping>, input: Partial<MappingInput> = {}) {
  return compileMapping({ object: contacts, fields, stream: stream(more), ...input });
}

/** The message and code of the ConfigFailure that a mapping earns. */
export function failure(more: Partial<StreamMapping>, input: Partial<MappingInput> = {}): string {
  try {
    compile(more, input);
  } catch (error) {
    if (error instanceof ConfigFailure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'none';
}

/** An entry that identifies. */
export const email = { to: 'email', from: 'mail' };
