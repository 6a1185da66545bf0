import { objects } from '../calls/attributes.ts';
import type { Call } from '../calls/call.ts';
import { invalid, ok, Refusal, type Reply } from '../calls/reply.ts';
import { iso } from '../contacts/contact-shape.ts';
import type { Attributes, CustomField, FieldType, Option } from '../store/records.ts';
import { SYSTEM_FIELDS } from './system-fields.ts';

// Ids carry the modality here and are bare in GET /typed_custom_fields and as keys of `typed_custom_fields`
// (docs.apollo.io/openapi/apollo-rest-api.json, PATCH /fields sample, 2026-08-19).
/** `GET /fields` */
export function listFields(call: Call): Reply {
  const source = call.query.get('source');
  const custom = shownFields(call).map((field) => listedField(call, field));
  const all: readonly { readonly source: string }[] = [...SYSTEM_FIELDS, ...custom];
  return ok({ fields: source === null ? all : all.filter((field) => field.source === source) });
}

/** `GET /typed_custom_fields`: deprecated, and the only documented answer with option ids. */
export function listTypedCustomFields(call: Call): Reply {
  return ok({ typed_custom_fields: shownFields(call).map((field) => typedField(call, field)) });
}

/** Fields that lists show by now. */
function shownFields(call: Call): readonly CustomField[] {
  return [...call.store.fields.values()].filter(({ createdAtMs, isNew }) => !isNew || isShown(call, createdAtMs));
}

/** Options that lists show by now. */
function shownOptions(call: Call, { options }: CustomField): readonly { readonly id: string; readonly name: string }[] {
  return options
    .filter(({ createdAtMs }) => createdAtMs === undefined || isShown(call, createdAtMs))
    .map(({ id, name }) => ({ id, name }));
}

const isShown = (call: Call, createdAtMs: number): boolean => createdAtMs + call.quirks.newFieldLagMs <= call.nowMs;

const CREATABLE: readonly string[] = ['string', 'textarea', 'number', 'date', 'datetime', 'boolean'];
const MODALITIES: readonly string[] = ['contact', 'account', 'opportunity'];

// No 422 of this endpoint is documented; its texts are made up, except the reserved prefix, taken from PATCH.
/** `POST /fields`: every type but picklists. */
export function createField(call: Call): Reply {
  const { label, modality, type, meta } = call.body;
  if (typeof label !== 'string' || label.trim() === '') throw invalid('Label is required');
  checkLabel(label);
  if (call.quirks.duplicateLabels === '422' && isTaken(call, label, modality))
    throw invalid('Label has already been taken');
  if (!MODALITIES.includes(modality as string)) throw invalid('Modality is not valid');
  if (!CREATABLE.includes(type as string)) throw invalid('Type is not valid');
  const field: CustomField = {
    id: call.store.nextId(),
    label,
    modality: modality as CustomField['modality'],
    type: type as FieldType,
    text_field_max_length: maxLength(meta) ?? null,
    options: [],
    parent: null,
    createdAtMs: call.nowMs,
    isNew: true,
  };
  call.store.fields.set(field.id, field);
  const id = call.quirks.createdFieldId === 'uuid' ? uuidOf(field.id) : field.id;
  return ok({ typed_custom_fields: [{ ...shortField(field), id }] });
}

function isTaken(call: Call, label: string, modality: unknown): boolean {
  const same = (one: CustomField) => one.modality === modality && one.label.toLowerCase() === label.toLowerCase();
  return [...call.store.fields.values()].some(same);
}

/** Another name for the same field, of the form that the sample of `POST /fields` shows (2026-08-19). */
const uuidOf = (id: string): string =>
  `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(12, 15)}-8${id.slice(15, 18)}-${id.slice(18).padEnd(12, '0')}`;

/** `PATCH /fields`: label, maximum length, and options as a whole. */
export function updateFields(call: Call): Reply {
  const changes = objects(call.body['fields']).map((sent) => ({ sent, field: fieldOf(call, sent['id']) }));
  if (changes.length === 0) throw invalid('Some fields could not be found');
  for (const { sent, field } of changes) checkChange(sent, field);
  for (const { sent, field } of changes) {
    if (typeof sent['label'] === 'string') field.label = sent['label'];
    const length = maxLength(sent['meta']);
    if (length !== undefined) field.text_field_max_length = length;
    const values = optionsOf(sent['meta']);
    // Sent without its id an option is a new one: values stored under the old id are orphaned.
    if (values.length > 0) field.options = values.map((value) => optionFrom(call, field, value));
  }
  const fields = changes.map(({ field }) => field);
  return ok({
    fields: fields.map((field) => updatedField(call, field)),
    typed_custom_fields: fields.map(shortField),
  });
}

function fieldOf(call: Call, id: unknown): CustomField {
  const [modality, bare] = String(id).split('.', 2);
  const field = call.store.fields.get(bare ?? '');
  if (field === undefined || field.modality !== modality) throw invalid('Some fields could not be found');
  return field;
}

function checkChange(sent: Attributes, field: CustomField): void {
  if (field.parent !== null) throw invalid('Child fields cannot be updated directly');
  if (sent['type'] !== undefined && sent['type'] !== field.type) {
    throw invalid('Cannot change field type after creation');
  }
  if (typeof sent['label'] === 'string') checkLabel(sent['label']);
  const values = optionsOf(sent['meta']);
  if (values.some((value) => value['mapped_crm_id'] !== undefined)) {
    throw new Refusal({ status: 403, body: { error: 'CRM Mapping cannot be configured using API Call' } });
  }
  if (isPicklist(field) && values.length === 0) throw invalid('Picklist fields must have at least one option');
}

function checkLabel(label: string): void {
  if (!label.startsWith('powerup_')) return;
  throw invalid("Field name with prefix 'powerup_' is not allowed. Please use another name.");
}

function optionFrom(call: Call, { options }: CustomField, { id, name }: Attributes): Option {
  const known = options.find((option) => option.id === id);
  if (known !== undefined) return { ...known, name: String(name ?? known.name) };
  const isNew = typeof id !== 'string';
  return { id: isNew ? call.store.nextId() : id, name: String(name ?? ''), createdAtMs: call.nowMs };
}

function isPicklist(field: CustomField): boolean {
  return field.type === 'picklist' || field.type === 'multipicklist';
}

function optionsOf(meta: unknown): Attributes[] {
  return objects((meta as Attributes | undefined)?.['picklist_values']);
}

function maxLength(meta: unknown): number | undefined {
  const length = (meta as Attributes | undefined)?.['max_length'];
  return typeof length === 'number' ? length : undefined;
}

function listedField(call: Call, field: CustomField) {
  const picklist =
    call.quirks.fieldsShowOptions && isPicklist(field) ? { meta: { picklist_values: shownOptions(call, field) } } : {};
  return {
    id: `${field.modality}.${field.id}`,
    category: field.modality === 'account' ? 'company' : 'person',
    context: ['csv_export', 'finder', 'prompt'],
    description: null,
    editable: true,
    example: null,
    field_name: field.label,
    group: null,
    icon_class: null,
    label: field.label,
    modality: field.modality,
    parent: field.parent,
    source: 'custom',
    type: field.type,
    finder_view_ids: [],
    project_workspace_id: null,
    finder_views: [],
    is_local: false,
    created_at: iso(field.createdAtMs),
    ...picklist,
  };
}

function updatedField(call: Call, field: CustomField) {
  const options = isPicklist(field) ? { picklist_values: shownOptions(call, field) } : {};
  return {
    ...listedField(call, field),
    context_card_ids: [],
    product_profile_ids: [],
    is_system_field: false,
    meta: {
      max_length: field.text_field_max_length,
      computed_type: 'manual',
      visibility_status: 'active',
      ...options,
    },
  };
}

function shortField(field: CustomField) {
  const { id, label, modality, text_field_max_length } = field;
  return { id, name: label, modality, text_field_max_length };
}

function typedField(call: Call, field: CustomField) {
  const values = shownOptions(call, field).map(({ id, name }) => ({
    _id: id,
    mapped_crm_values: {},
    name,
    id,
    key: id,
  }));
  return {
    id: field.id,
    modality: field.modality,
    name: field.label,
    type: field.type,
    picklist_options: [],
    mapped_crm_field: null,
    additional_mapped_crm_field: null,
    is_readonly_mapped_crm_field: null,
    picklist_options_last_synced_at: iso(field.createdAtMs),
    picklist_value_set_id: null,
    mirrored: false,
    system_name: null,
    text_field_max_length: field.text_field_max_length,
    finder_view_ids: [],
    is_local: false,
    ...(isPicklist(field) ? { picklist_values: values } : {}),
  };
}
