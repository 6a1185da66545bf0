import * as z from 'zod';
import type { ObjectName } from '../../catalog/object.ts';

/** How one kind of answer is read. Whatever Apollo adds is let through; what is missing is null or absent. */
export type Wire<T> = z.ZodType<T>;

const text = z.string().nullish().catch(undefined);
// page and total_pages come as numbers and as strings of digits (docs.apollo.io/reference/get-a-list-of-users, 2026-08-19).
const count = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).nullish();
const singular = { contacts: 'contact', accounts: 'account' } as const satisfies Record<ObjectName, string>;

const recordSchema = z.looseObject({ id: z.string().min(1) });

/** A record as a bulk answer shows it, slim, or as a single answer does, in full: its id, and keys that may be missing. */
export type Slim = { readonly id: string } & Readonly<Record<string, unknown>>;

/** What bulk_create says it did: each record it was given is in one of the two, if all is well. */
export interface BulkCreated {
  readonly created: readonly Slim[];
  readonly existing: readonly Slim[];
}

// A record without an id is left out: it answers for nothing. Order and number are not promised.
const recordsSchema = z.array(z.unknown()).transform((items): Slim[] => items.filter(isSlim));

// A hundred of them come with each answer: as `recordSchema`, without a copy of each.
function isSlim(item: unknown): item is Slim {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return false;
  return 'id' in item && typeof item.id === 'string' && item.id !== '';
}

/** What marks the issue of an answer that is whole and mentions none of the records of its request. */
export const UNMENTIONED = { mentions: 'none' } as const;

/** Whether an answer to a request of that many records is one: not if it mentions none of many. */
const isAbout = (mentioned: number, sent: number, many: number): boolean => mentioned > 0 || sent < many;

/** `{created_contacts, existing_contacts}` (docs.apollo.io/reference/bulk-create-contacts, 2026-08-19; P03). */
export function bulkCreated(object: ObjectName, sent = 1): Wire<BulkCreated> {
  const key = `${object} ${sent}`;
  const made = createdSchemas.get(key) ?? createdSchema(object, sent);
  createdSchemas.set(key, made);
  return made;
}

// To make one takes longer than to read an answer by it, and there are a hundred sizes of requests.
const createdSchemas = new Map<string, Wire<BulkCreated>>();

function createdSchema(object: ObjectName, sent: number): Wire<BulkCreated> {
  const [created, existing] = [`created_${object}`, `existing_${object}`];
  return z
    .looseObject({ [created]: recordsSchema.nullish(), [existing]: recordsSchema.nullish() })
    .refine((answer) => answer[created] != null || answer[existing] != null, { message: `it lacks ${created}` })
    .transform((answer) => ({
      created: (answer[created] ?? []) as readonly Slim[],
      existing: (answer[existing] ?? []) as readonly Slim[],
    }))
    .refine((answer) => isAbout(answer.created.length + answer.existing.length, sent, 2), {
      message: `it mentions none of ${sent} records`,
      params: UNMENTIONED,
    });
}

// Records that are gone may be left out of the answer in silence; of a few that may be all, and each is asked about alone.
const MANY_UPDATED = 10;

/** `{contacts: […]}` of bulk_update, update_stages and update_owners, by id (pages of each, 2026-08-19). */
export function bulkUpdated(object: ObjectName, sent: readonly string[] = []): Wire<ReadonlyMap<string, Slim>> {
  return z
    .looseObject({ [object]: recordsSchema })
    .transform((answer) => new Map((answer[object] as readonly Slim[]).map((record) => [record.id, record])))
    .refine((answer) => isAbout(sent.filter((id) => answer.has(id)).length, sent.length, MANY_UPDATED), {
      message: `it mentions none of ${sent.length} records`,
      params: UNMENTIONED,
    });
}

/** `{contacts: […]}` of a search, by id (docs.apollo.io/reference/search-for-contacts and search-for-accounts, 2026-08-19). */
export const recordsFound = (object: ObjectName): Wire<ReadonlyMap<string, Slim>> => bulkUpdated(object);

/** One page of a search, in its order, and how many records there are in all. */
interface SearchPage {
  readonly records: readonly Slim[];
  readonly total: number | undefined;
}

/** `{contacts: […], pagination}` of a search (docs.apollo.io/reference/search-for-contacts and search-for-accounts, 2026-08-19). */
export const searchPage = (object: ObjectName): Wire<SearchPage> =>
  z
    .looseObject({ [object]: recordsSchema, pagination: z.looseObject({ total_entries: count }).nullish().catch(null) })
    .transform((answer) => {
      const { pagination } = answer as { readonly pagination?: { readonly total_entries?: number | null } | null };
      return { records: answer[object] as readonly Slim[], total: pagination?.total_entries ?? undefined };
    });

/** `{contact: {…}}` of a read or an update of one record (view-a-contact, update-a-contact, 2026-08-19). */
export function single(object: ObjectName): Wire<Slim> {
  const key = singular[object];
  return z.looseObject({ [key]: recordSchema }).transform((answer) => answer[key] as Slim);
}

const labelSchema = z
  .looseObject({ id: text, _id: text, name: text, modality: text })
  .transform(({ id, _id, name, modality }) => ({ id: id ?? _id ?? '', name: name ?? '', modality: modality ?? '' }));

/** A list. */
export type Label = z.infer<typeof labelSchema>;

/** A bare array (docs.apollo.io/reference/get-a-list-of-all-lists, 2026-08-19; P61); `{labels}` is taken as well. */
export const labelsListed: Wire<readonly Label[]> = z
  .union([z.array(labelSchema), z.looseObject({ labels: z.array(labelSchema) })])
  .transform((answer) => ('labels' in answer ? answer.labels : answer));

/** What adding to lists or removing from them says of itself. */
type LabelsChanged =
  /** The names of the lists that it shows; null for one that comes without a name. */
  | { readonly done: 'now'; readonly names: readonly (string | null)[] }
  /** A job does it, and has not failed so far. */
  | { readonly done: 'later' }
  /** Apollo has none of the records, or none of the lists. */
  | { readonly done: 'nothing' }
  /** Anything else that is not a confirmation, in words. */
  | { readonly done: 'unclear'; readonly said: string };

const listNamed = z.union([
  z.looseObject({ name: z.string() }).transform(({ name }) => name),
  z.string(),
  z.unknown().transform(() => null),
]);
const failedJob = /fail|error|cancel|abort/i;

// One of three shapes (docs.apollo.io/reference/add-records-to-a-list, 2026-08-19). A label is given by its name: the
// pages of the jobs show no status; one that says that it failed did.
export const labelsChanged: Wire<LabelsChanged> = z.union([
  z
    .looseObject({ labels: z.array(listNamed) })
    .transform(({ labels: names }): LabelsChanged => ({ done: 'now', names })),
  z
    .looseObject({
      entity_progress_job: z.looseObject({
        status: text,
        error: z.unknown().optional(),
        errors: z.unknown().optional(),
      }),
    })
    .transform(({ entity_progress_job: { status, error, errors } }): LabelsChanged => {
      const hasFailed = failedJob.test(status ?? '') || ![error, errors].every(isNothing);
      return hasFailed
        ? { done: 'unclear', said: 'the job that was to change the lists has failed' }
        : { done: 'later' };
    }),
  z.looseObject({ message: z.string() }).transform(({ message }): LabelsChanged => {
    if (/no models or lists provided/i.test(message)) return { done: 'nothing' };
    return {
      done: 'unclear',
      said: `it said "${message
        .replace(/\S+@\S+/g, '[e-mail]')
        .trim()
        .slice(0, 200)}"`,
    };
  }),
]);

const isNothing = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

const stageSchema = z
  .looseObject({ id: z.string(), display_name: text, name: text })
  .transform(({ id, display_name, name }) => ({
    id,
    names: [...new Set([display_name, name])].filter((one) => one != null && one !== ''),
  }));

/** A stage, with what people call it first. */
type Stage = { readonly id: string; readonly names: readonly string[] };

/** `{contact_stages: […]}` (docs.apollo.io/reference/list-contact-stages, 2026-08-19). */
export function stagesListed(object: ObjectName): Wire<readonly Stage[]> {
  const key = `${singular[object]}_stages`;
  return z.looseObject({ [key]: z.array(stageSchema) }).transform((answer) => answer[key] as readonly Stage[]) as Wire<
    readonly Stage[]
  >;
}

const userSchema = z.looseObject({
  id: z.string(),
  name: text,
  first_name: text,
  last_name: text,
  email: text,
  deleted: z.boolean().nullish().catch(undefined),
});

/** `{pagination, users}` (docs.apollo.io/reference/get-a-list-of-users, 2026-08-19). */
export const usersFound = z.looseObject({
  pagination: z.looseObject({ page: count, total_pages: count }).nullish(),
  users: z.array(userSchema),
});

/** A user of the workspace. */
export type User = z.infer<typeof userSchema>;

const itemsSchema = z.array(z.looseObject({ id: text }));

/** `{fields: […]}` (docs.apollo.io/reference/get-a-list-of-fields, 2026-08-19). */
export const fieldsListed = z.looseObject({ fields: itemsSchema }).transform(({ fields }) => fields);

/** `{typed_custom_fields: […]}` (docs.apollo.io/reference/get-a-list-of-all-custom-fields, 2026-08-19). */
export const typedCustomFieldsListed = z
  .looseObject({ typed_custom_fields: itemsSchema })
  .transform(({ typed_custom_fields }) => typed_custom_fields);

/** The ids of the fields that a request has made; the sample shows a UUID (docs.apollo.io/reference/create-a-custom-field, 2026-08-19). */
export const fieldsCreated: Wire<readonly string[]> = z
  .looseObject({ typed_custom_fields: itemsSchema })
  .transform(({ typed_custom_fields }) => typed_custom_fields.flatMap(({ id }) => id ?? []));

/** Who the credentials act as (docs.apollo.io/reference/get-current-user-profile, 2026-08-19). */
export const profile = z.looseObject({ id: z.string(), team_id: text, first_name: text, last_name: text });

/** Answers 200 to a bad key too (seen live 2026-10-08); only `is_logged_in` tells. */
export const health = z.looseObject({ is_logged_in: z.boolean() });

/** Any JSON at all, for requests that only ask whether they are allowed. */
export const anything = z.unknown();
