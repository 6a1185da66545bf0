import type { Json } from '../../api/error-body.ts';
import type { Evidence } from '../evidence.ts';
import { asked, type Question } from '../question.ts';
import { phoneOf } from './account-questions.ts';
import { customField, type FieldKind, patch, show } from './asking.ts';

/** A moment with an offset, to see in which one it comes back. */
export const MOMENT = '2026-03-01T10:00:00+02:00';

/** Values of each type of custom field that the workspace has; of picklists the first option, by its id. */
const CUSTOM: Readonly<Record<FieldKind, (evidence: Evidence) => string | undefined>> = {
  string: ({ tag }) => `Text ${tag}`,
  number: () => '42',
  date: () => '2026-03-01',
  datetime: () => MOMENT,
  boolean: () => 'true',
  picklist: (evidence) => customField(evidence, 'contact', 'picklist')?.options[0]?.id,
};

export const KINDS = Object.keys(CUSTOM) as FieldKind[];

/** Something for each custom field that the workspace has. */
function customs(evidence: Evidence, value: (kind: FieldKind) => unknown): Json {
  const entries = KINDS.flatMap((kind) => {
    const field = customField(evidence, 'contact', kind);
    const sent = value(kind);
    return field === undefined || sent === undefined ? [] : [[field.id, sent] as const];
  });
  return entries.length === 0 ? {} : { typed_custom_fields: Object.fromEntries(entries) };
}

const filled = (evidence: Evidence): Json => ({
  title: `Values ${evidence.tag}`,
  present_raw_address: `${evidence.tag} Short Street, Paris, France`,
  direct_phone: phoneOf(evidence),
  ...customs(evidence, (kind) => CUSTOM[kind](evidence)),
});

const emptied = (evidence: Evidence, empty: null | ''): Json => ({
  title: empty,
  present_raw_address: empty,
  direct_phone: empty,
  ...customs(evidence, () => empty),
});

const one = (evidence: Evidence, kind: FieldKind, value: unknown): Json | undefined => {
  const field = customField(evidence, 'contact', kind);
  return field === undefined || value === undefined ? undefined : { typed_custom_fields: { [field.id]: value } };
};

/** Longer than any limit that a field is likely to have. */
export const LONG = `L${'o'.repeat(1499)}`;

const again = (name: string): Question => show(`${name}.shown`, 'eve', 'reads it again');

/** Requests about what happens to values. All are about one contact. */
export const valueQuestions: readonly Question[] = [
  patch('values.set', 'eve', 'fills text, address, phone and a custom field of each type', filled),
  again('values.set'),
  patch('values.null', 'eve', 'sends null for all of them', (evidence) => emptied(evidence, null)),
  again('values.null'),
  patch('values.reset', 'eve', 'fills them again', filled),
  patch('values.empty', 'eve', 'sends "" for all of them', (evidence) => emptied(evidence, '')),
  again('values.empty'),
  patch('values.native', 'eve', 'sends a number as a number', (evidence) => one(evidence, 'number', 43)),
  again('values.native'),
  patch('values.misfit', 'eve', 'sends a text for a number', (evidence) => one(evidence, 'number', 'not a number')),
  again('values.misfit'),
  patch('values.option', 'eve', 'sends the name of an option of a picklist', (evidence) =>
    one(evidence, 'picklist', customField(evidence, 'contact', 'picklist')?.options[1]?.name),
  ),
  again('values.option'),
  patch('values.long', 'eve', 'sends a title of 1,500 characters', () => ({ title: LONG })),
  again('values.long'),
  patch(
    'values.short',
    'cyd',
    'updates another contact, a moment later',
    (evidence) => ({ title: `Last ${evidence.tag}` }),
    {
      waitMs: 1100,
    },
  ),
  {
    name: 'search.sorted',
    endpoint: asked.contacts.search,
    says: 'searches its contacts, the last updated one first',
    asks: ({ setting }) => ({
      body: {
        q_keywords: setting.mark,
        sort_by_field: 'contact_updated_at',
        sort_ascending: false,
        page: 1,
        per_page: 25,
      },
    }),
  },
];
