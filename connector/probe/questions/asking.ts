import type { Json } from '../../api/error-body.ts';
import type { Evidence } from '../evidence.ts';
import { objectOf } from '../evidence.ts';
import { type Asked, asked, type Question } from '../question.ts';

/** An id that nothing has: the time in it is the year 2106. */
export const ABSENT_ID = 'ffffffff0000000000000000';

/** A request that reads a record of ours. */
export const shown = (id: string | undefined): Asked | undefined =>
  id === undefined ? undefined : { params: { id }, concerns: [id] };

/** A question that reads a contact of ours. */
export const show = (name: string, who: string, says: string, when?: (evidence: Evidence) => boolean): Question => ({
  name,
  endpoint: asked.contacts.show,
  says,
  asks: (evidence) => (when === undefined || when(evidence) ? shown(evidence.contact(who)) : undefined),
});

/** A question that updates a contact of ours, by whichever method Apollo takes. */
export const patch = (
  name: string,
  who: string,
  says: string,
  body: (evidence: Evidence) => Json | undefined,
  more: Partial<Question> = {},
): Question => ({
  name,
  endpoint: asked.contacts.update,
  says,
  ...more,
  asks: (evidence) => updating(evidence, evidence.contact(who), body(evidence), asked.contacts.put),
});

/** A request that updates a record; by PUT where Apollo has refused PATCH. */
export function updating(
  evidence: Evidence,
  id: string | undefined,
  body: Json | undefined,
  put: Question['endpoint'],
): Asked | undefined {
  if (id === undefined || body === undefined || Object.keys(body).length === 0) return undefined;
  return { params: { id }, body, concerns: [id], ...(refusesPatch(evidence) && { endpoint: put }) };
}

/** Whether the first PATCH was answered as if there were no such method. */
export const refusesPatch = (evidence: Evidence): boolean => [404, 405].includes(evidence.status('patch.ann') ?? 0);

/** The ids of stages, in order. */
export const stages = (evidence: Evidence, of: 'contact_stages' | 'account_stages'): readonly string[] =>
  ids(evidence.list(of, of) ?? []);

/** The ids of users that can own records. */
export const owners = (evidence: Evidence): readonly string[] =>
  ids((evidence.list('users', 'users') ?? []).filter(({ deleted }) => deleted !== true));

/** One that is not the one that a record has. */
export const other = (among: readonly string[], than: unknown): string | undefined => among.find((one) => one !== than);

const ids = (records: readonly Json[]): readonly string[] =>
  records.map(({ id }) => id).filter((id) => typeof id === 'string');

export type FieldKind = 'string' | 'number' | 'date' | 'datetime' | 'boolean' | 'picklist';

/** The first custom field of a type, by the id that values are written under, with the options that it has. */
export function customField(
  evidence: Evidence,
  modality: 'contact' | 'account',
  type: FieldKind,
): { readonly id: string; readonly options: readonly { readonly id: string; readonly name: string }[] } | undefined {
  const fields = evidence.list('fields.typed', 'typed_custom_fields') ?? [];
  const field = fields.find((one) => one['modality'] === modality && one['type'] === type);
  if (typeof field?.['id'] !== 'string') return undefined;
  const values = field['picklist_values'];
  const options = (Array.isArray(values) ? values : []).map(objectOf).flatMap((option) => {
    const { id, name } = option ?? {};
    return typeof id === 'string' && typeof name === 'string' ? [{ id, name }] : [];
  });
  return { id: field['id'], options };
}

/** `{key: value}`, or nothing where there is no value. */
export const given = (key: string, value: unknown): Json => (value === undefined ? {} : { [key]: value });
