import { type Evidence, objectOf } from '../evidence.ts';
import { asked, type Question } from '../question.ts';

const label = ({ setting: { mark } }: Evidence): string => `${mark} Field`;

const make = (name: string, says: string): Question => ({
  name,
  endpoint: asked.fields.create,
  says,
  once: true,
  onlySentOnce: true,
  asks(evidence) {
    const isThere = evidence
      .list('fields.typed', 'typed_custom_fields')
      ?.some((field) => field['name'] === label(evidence));
    if (evidence.setting.withFields !== true || isThere !== false) return undefined;
    return { body: { label: label(evidence), modality: 'contact', type: 'string' } };
  },
});

/** Whether a list of fields shows the one that was made. */
export const showsField = (evidence: Evidence, question: string): boolean | undefined =>
  evidence.list(question, 'typed_custom_fields')?.some((field) => field['name'] === label(evidence));

/** When the lists of fields are read for the new one. */
export const FIELD_LAG = [
  { name: 'field.lag.0' },
  { name: 'field.lag.1', waitMs: 2000 },
  { name: 'field.lag.2', waitMs: 15_000 },
] as const;

/** Requests that make custom fields, where that was asked for: they stay, as all that is made. */
export const fieldQuestions: readonly Question[] = [
  make('field.make', 'with --with-fields: makes a custom field'),
  ...FIELD_LAG.map(
    (look): Question => ({
      ...look,
      endpoint: asked.fields.typed,
      says: `looks for it${'waitMs' in look ? `, ${look.waitMs / 1000} s later` : ', at once'}`,
      once: true,
      asks: (evidence) => {
        const isSeen = FIELD_LAG.some(({ name }) => showsField(evidence, name) === true);
        return evidence.isOk('field.make') && !isSeen ? {} : undefined;
      },
    }),
  ),
  {
    ...make('field.twice', 'with --with-fields: makes one of the same name'),
    asks: (evidence) =>
      evidence.isOk('field.make')
        ? { body: { label: label(evidence), modality: 'contact', type: 'string' } }
        : undefined,
  },
];

/** The id in the answer to the request that made a field. */
export function madeFieldId(evidence: Evidence): string | undefined {
  const id =
    evidence.list('field.make', 'typed_custom_fields')?.[0]?.['id'] ?? objectOf(evidence.json('field.make'))?.['id'];
  return typeof id === 'string' ? id : undefined;
}
