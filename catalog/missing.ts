import { ConfigFailure } from '../runtime/contract/failure.ts';
import type { ColumnKind, ColumnKinds, Made } from '../runtime/contract/provision.ts';
import type { MappingEntry } from './binding.ts';
import { optionIds } from './coerce.ts';
import { customFields, customFieldsNamed, customIdOf, customLabelOf } from './custom-field.ts';
import { comparableName } from './normalise.ts';
import type { DestinationObject, Field, Option } from './object.ts';
import { trimmed } from './spelling/clean-text.ts';
import { entriesOf, scalarText, textProblem } from './spelling/text.ts';

/** Types of custom fields that can be made (docs.apollo.io/reference/create-a-custom-field, 2026-08-19): no picklists. */
export const CREATABLE = ['string', 'textarea', 'number', 'date', 'datetime', 'boolean'] as const;

type CreatableType = (typeof CREATABLE)[number];

/** A custom field that has to be made. */
interface MissingField {
  readonly label: string;
  readonly type: CreatableType;
  /** The field as it will be, under an id that it will not have. */
  readonly standIn: Field;
}

/** Options that have to be made of a picklist. */
interface MissingOptions {
  readonly field: Field;
  readonly names: readonly string[];
}

/** What a workspace lacks of what a stream writes. */
export interface Missing {
  readonly fields: readonly MissingField[];
  readonly options: readonly MissingOptions[];
}

/** The custom fields that entries name, the workspace lacks, and the stream asks to have made. Each once. */
export function missingFields(
  object: Pick<DestinationObject, 'name' | 'singular'>,
  fields: readonly Field[],
  wanted: readonly MappingEntry[],
  { all, kinds }: { readonly all: boolean; readonly kinds: ColumnKinds },
): readonly MissingField[] {
  const found = new Map<string, MissingField>();
  for (const entry of wanted) {
    const label = customLabelOf(entry.to);
    if (label === undefined || !canBeLabel(label) || (entry.create === undefined && !all)) continue;
    if (found.has(comparableName(label)) || customFieldsNamed(fields, label).length > 0) continue;
    const type = entry.create ?? typeFor(entry, kinds);
    found.set(comparableName(label), { label, type, standIn: standInField(object, label, type) });
  }
  return [...found.values()];
}

/** Whether a field may be made under this name: it is one, it is not an id, and Apollo does not keep it for itself. */
export const canBeLabel = (label: string): boolean =>
  label !== '' &&
  !/^([a-z_]+\.)?[0-9a-f]{24}$/i.test(label) &&
  // "Field name with prefix 'powerup_' is not allowed" (docs.apollo.io/reference/update-a-custom-field, 2026-08-19).
  !label.toLowerCase().startsWith('powerup_');

const typesOfKinds = {
  text: 'string',
  number: 'number',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
} as const satisfies Record<ColumnKind, CreatableType>;

function typeFor({ from, constant }: MappingEntry, kinds: ColumnKinds): CreatableType {
  if (typeof constant === 'number') return 'number';
  if (typeof constant === 'boolean') return 'boolean';
  return typesOfKinds[kinds.get(from ?? '') ?? 'text'];
}

/** Of no form that Apollo gives an id, so that none can be taken for it. */
const standInId = (name: string): string => `new:${name}`;

const isStandIn = (field: Pick<Field, 'name'>): boolean => customIdOf(field)?.startsWith('new:') === true;

const standInField = ({ singular }: Pick<DestinationObject, 'singular'>, label: string, type: CreatableType): Field =>
  customFields({ singular }, [{ id: standInId(label), label, modality: singular, type }])[0]!;

/** Entries whose custom field is there, with another type than the one to make it with. */
export function otherTypes(
  object: Pick<DestinationObject, 'singular'>,
  fields: readonly Field[],
  wanted: readonly MappingEntry[],
  path: string,
): readonly string[] {
  return wanted.flatMap(({ to, create }, index) => {
    const [field] = create === undefined ? [] : customFieldsNamed(fields, customLabelOf(to) ?? '');
    if (field === undefined || create === undefined || isStandIn(field)) return [];
    if (standInField(object, field.title, create).type === field.type) return [];
    return [`${path}[${index}].create: "${to}" is there with another type (${field.type}), which it keeps.`];
  });
}

/** Whether options can be added to a field: to a picklist of the workspace whose options are all known by name. */
export const takesOptions = ({ type, options, locked, ...field }: Field): boolean =>
  (type === 'option' || type === 'options') &&
  customIdOf(field) !== undefined &&
  locked === undefined &&
  options?.every(({ names }) => names.length > 0) === true;

// A picklist is chosen from by people; a column with more values than that is hardly meant to be one.
const MOST_NEW_OPTIONS = 100;

/** The names among these values that a picklist has no option for, in order. Throws ConfigFailure for more than a mapping can mean. */
export function missingOptions(
  field: Field,
  values: readonly unknown[],
  { path, object }: { readonly path: string; readonly object: string },
): readonly string[] {
  const names = new Map<string, string>();
  for (const name of values.flatMap((value) => namesIn(field, value)).toSorted()) {
    const key = comparableName(name);
    if (!names.has(key) && optionIds(field.options, name).length === 0) names.set(key, name);
  }
  if (names.size > MOST_NEW_OPTIONS) {
    throw new ConfigFailure(
      `${path}.create_options: the rows have more than ${MOST_NEW_OPTIONS} values that "${field.title}" of ${object} has no ` +
        'option for; a run makes no more than that. Map another column, or write a text field.',
      { code: 'too_many_options' },
    );
  }
  return [...names.values()];
}

/** What of a value could be the name of an option. A text that has the form of an id names one that is gone. */
function namesIn(field: Field, value: unknown): readonly string[] {
  const whole = typeof value === 'string' && optionIds(field.options, trimmed(value)).length > 0;
  const entries = field.type === 'option' || whole ? [value] : entriesOf(value);
  return entries.flatMap((entry) => {
    const text = scalarText(entry);
    const name = text === undefined ? '' : trimmed(text);
    return name === '' || textProblem(name) !== undefined || /^[0-9a-f]{24}$/i.test(name) ? [] : [name];
  });
}

/** The fields as they are once everything is made that is missing. */
export function withMissing(fields: readonly Field[], { fields: added, options }: Missing): readonly Field[] {
  const extended = fields.map((field) => {
    const names = options.find((one) => one.field.name === field.name)?.names ?? [];
    return names.length === 0 ? field : { ...field, options: [...(field.options ?? []), ...names.map(standInOption)] };
  });
  return [...extended, ...added.map(({ standIn }) => standIn)];
}

const standInOption = (name: string): Option => ({ id: standInId(name), names: [name] });

/** What is missing, as previews and plans name it. */
export function madeOf(
  object: Pick<DestinationObject, 'name'>,
  { fields, options }: Missing,
  requests: { readonly field: string; readonly options: string },
): readonly Made[] {
  return [
    ...fields.map(({ label, type }) => ({
      what: `custom field "${label}" (${type}) of ${object.name}`,
      request: requests.field,
    })),
    ...options.map(({ field, names }) => ({
      what: `options of custom field "${field.title}" of ${object.name}`,
      request: requests.options,
      names,
    })),
  ];
}

/** What of it these fields still lack. */
export function stillMissing(fields: readonly Field[], { fields: added, options }: Missing): Missing {
  return {
    fields: added.filter(({ label }) => customFieldsNamed(fields, label).length === 0),
    options: options.flatMap(({ field, names }) => {
      const present = fields.find(({ name }) => name === field.name) ?? field;
      const left = names.filter((name) => optionIds(present.options, name).length === 0);
      return left.length === 0 ? [] : [{ field: present, names: left }];
    }),
  };
}
