import { currentValue, type Shown } from '../../catalog/current-value.ts';
import { CUSTOM_PREFIX } from '../../catalog/custom-field.ts';
import { identityOfAnswer, matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { DestinationObject } from '../../catalog/object.ts';
import type { InventoryRecord } from '../../runtime/contract/inventory.ts';
import type { Slim } from '../api/wire.ts';

/** What identities, lists and times are read from, beside the fields. */
const BESIDE = [
  'id',
  'name',
  'created_at',
  'updated_at',
  'label_ids',
  'contact_emails',
  'merged_crm_ids',
  'hubspot_id',
  'hubspot_vid',
  'salesforce_id',
  'salesforce_lead_id',
  'salesforce_contact_id',
  'organization_id',
  'phone_numbers',
  'sanitized_phone',
  'typed_custom_fields',
] as const;

/** What of a record that a search shows is kept: its fields, and what identities are made of. */
export function inventoryRecord(object: DestinationObject, record: Slim): InventoryRecord {
  const shown = pruned(object, record);
  return {
    id: record.id,
    createdAt: momentOf(record['created_at']),
    updatedAt: momentOf(record['updated_at']),
    shown: JSON.stringify(shown),
    values: valuesOf(object, shown),
    lists: textsOf(record['label_ids']),
    matchKeys: matchKeysOfAnswer(object.name, record),
    identity: identityOfAnswer(object.name, record),
  };
}

function pruned({ fields }: DestinationObject, record: Slim): Shown {
  const names = new Set<string>([...BESIDE, ...fields.flatMap(({ shownAs }) => shownAs ?? [])]);
  // In one order, whatever order an answer has: the same record has the same text.
  const kept = [...names].sort().filter((name) => Object.hasOwn(record, name));
  return Object.fromEntries(kept.map((name) => [name, record[name]]));
}

function valuesOf({ fields }: DestinationObject, shown: Shown): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    const current = currentValue(field, shown);
    if (current.known) values[field.name] = current.value;
  }
  const custom = shown['typed_custom_fields'];
  if (typeof custom === 'object' && custom !== null && !Array.isArray(custom))
    for (const [id, value] of Object.entries(custom)) values[`${CUSTOM_PREFIX}${id}`] = value ?? '';
  return values;
}

const textsOf = (value: unknown): readonly string[] | undefined =>
  Array.isArray(value) ? value.map(String) : undefined;

function momentOf(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
