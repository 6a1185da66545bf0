import { comparableName } from './normalise.ts';
import type { DestinationObject, Field, FieldType, Option } from './object.ts';
import { apolloPage, inCustomFields } from './place.ts';

/** An item of `GET /fields` or `GET /typed_custom_fields`, as parsed: any key may be missing, null, or something else. */
export type CustomFieldItem = Readonly<Record<string, unknown>>;

/** What names a custom field in a mapping: `custom:` and its label or id. */
export const CUSTOM_PREFIX = 'custom:';

/** The label or id that a mapping names a custom field by; undefined where it names another field. */
export const customLabelOf = (to: string): string | undefined => /^\s*custom:(.*)$/is.exec(to)?.[1]?.trim();

/** The bare id of a custom field, the one that `typed_custom_fields` is keyed by; undefined for any other field. */
export const customIdOf = ({ name }: Pick<Field, 'name'>): string | undefined =>
  name.startsWith(CUSTOM_PREFIX) ? name.slice(CUSTOM_PREFIX.length) : undefined;

/**
 * The custom fields of an object, from the items of both endpoints: the first one to say something is believed. Items of
 * other objects, and such as have no id, are left out. `users` are the options of fields that name a user.
 */
export function customFields(
  object: Pick<DestinationObject, 'singular'>,
  items: Iterable<CustomFieldItem>,
  users?: readonly Option[],
): readonly Field[] {
  const merged = new Map<string, CustomFieldItem>();
  for (const item of items) {
    const id = idOf(item);
    if (id === undefined || modalityOf(item) !== object.singular || item['source'] === 'system') continue;
    merged.set(id, { ...merged.get(id), ...said(item, merged.get(id)) });
  }
  return [...merged].map(([id, item]) => customField(id, item, users));
}

/** What an item adds to what is known. */
const said = (item: CustomFieldItem, known: CustomFieldItem = {}): CustomFieldItem =>
  Object.fromEntries(Object.entries(item).filter(([key, value]) => isSaid(value) && !isSaid(known[key])));

const isSaid = (value: unknown): boolean =>
  value !== null && value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0);

function customField(id: string, item: CustomFieldItem, users: readonly Option[] | undefined): Field {
  const title = textOf(item['label']) ?? textOf(item['name']) ?? id;
  const apolloType = textOf(item['type'])?.toLowerCase() ?? 'string';
  const type = types[apolloType] ?? (apolloType.startsWith('lookup_user') ? 'owner' : 'text');
  const maxLength = type === 'text' ? lengthOf(item) : undefined;
  const options = type === 'owner' ? users : type === 'option' || type === 'options' ? optionsOf(item) : undefined;
  const locked = item['is_readonly_mapped_crm_field'] === true;
  const place = inCustomFields(id);
  return {
    name: `${CUSTOM_PREFIX}${id}`,
    aliases: [],
    title,
    description: `Custom field of type ${apolloType}.`,
    type,
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(options === undefined ? {} : { options }),
    ...(locked ? { locked: 'Apollo takes it from the connected CRM: write it there.' } : {}),
    writable: locked ? {} : { create: place, bulkUpdate: place, patch: place },
    shownAs: 'typed_custom_fields',
    ...(type === 'options' ? { note: 'No page says how several options are sent: they go as a list of ids.' } : {}),
    source: apolloPage('get-a-list-of-fields and get-a-list-of-all-custom-fields'),
  };
}

// Both vocabularies: the schema of get-a-list-of-fields (text, multi_select, url, currency, …) and what its example, POST
// /fields and the deprecated list show (string, textarea, picklist, …), 2026-08-19; multipicklist and lookup_user: clients.
const types: Readonly<Record<string, FieldType | undefined>> = {
  __proto__: null as never,
  string: 'text',
  text: 'text',
  textarea: 'text',
  number: 'number',
  currency: 'number',
  date: 'date',
  datetime: 'datetime',
  boolean: 'boolean',
  picklist: 'option',
  multipicklist: 'options',
  multi_picklist: 'options',
  multi_select: 'options',
  url: 'url',
  email: 'email',
  phone: 'phone',
};

/** Undefined where no answer shows the options: then only ids pass. */
function optionsOf(item: CustomFieldItem): readonly Option[] | undefined {
  return listedOptions(item)?.map(({ id, name }) => ({ id, names: textOf(name) === undefined ? [] : [textOf(name)!] }));
}

/** Id and name of each option that an item shows, to the letter; undefined where it shows none. */
function listedOptions(item: CustomFieldItem): readonly { readonly id: string; readonly name: string }[] | undefined {
  const values = [item['picklist_values'], recordOf(item['meta'])['picklist_values']].find(isSaid);
  if (!Array.isArray(values)) return undefined;
  return values.map(recordOf).flatMap((value) => {
    const id = textOf(value['id']) ?? textOf(value['_id']) ?? textOf(value['key']);
    const { name } = value;
    return id === undefined ? [] : [{ id, name: typeof name === 'string' ? name : '' }];
  });
}

/** The options of a custom field as the workspace lists them, for a request that has to repeat them. */
export const optionsListed = (items: readonly CustomFieldItem[], id: string) =>
  items
    .filter((item) => idOf(item) === id)
    .map(listedOptions)
    .find((options) => options !== undefined);

function lengthOf(item: CustomFieldItem): number | undefined {
  const lengths = [item['text_field_max_length'], recordOf(item['meta'])['max_length']];
  return lengths.find((length): length is number => Number.isSafeInteger(length) && Number(length) > 0);
}

function idOf(item: CustomFieldItem): string | undefined {
  const id = textOf(item['id']) ?? textOf(item['_id']);
  return id === undefined ? undefined : bareId(id);
}

/** `contact.<hex>` of `GET /fields` is `<hex>` everywhere else; a prefixed id is ignored when it is written. */
const bareId = (id: string): string => id.replace(/^[a-z_]+\./i, '');

function modalityOf(item: CustomFieldItem): string | undefined {
  const prefix = /^([a-z_]+)\./i.exec(textOf(item['id']) ?? '')?.[1];
  return textOf(item['modality'])?.toLowerCase() ?? prefix?.toLowerCase();
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;

const recordOf = (value: unknown): CustomFieldItem =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as CustomFieldItem) : {};

/** The custom fields that a label or id, bare or prefixed, names: an id first, then labels without regard to case. */
export function customFieldsNamed(fields: readonly Field[], labelOrId: string): readonly Field[] {
  const custom = fields.filter((field) => customIdOf(field) !== undefined);
  const id = bareId(labelOrId.trim()).toLowerCase();
  const byId = custom.filter((field) => customIdOf(field)!.toLowerCase() === id);
  if (byId.length > 0) return byId;
  const label = comparableName(labelOrId);
  return custom.filter(({ title }) => comparableName(title) === label);
}

/** How a mapping names a custom field for people: by label where that is unique, else by id. */
export function customName(fields: readonly Field[], field: Field): string {
  const unique = customFieldsNamed(fields, field.title);
  return unique.length === 1 && unique[0] === field ? `${CUSTOM_PREFIX}${field.title}` : field.name;
}
