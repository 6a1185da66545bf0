import type { Field, Place } from './object.ts';

/** Names the reference page that documents a fact, and the date of the text it was read from. */
export const apolloPage = (page: string): string => `docs.apollo.io/reference/${page}, 2026-08-19`;

/** In each record of the request's body. */
export const inRecord = (as: string): Place => ({ in: 'record', as });

/** Once for the whole request: its records must agree on the value. */
export const inRequest = (as: string): Place => ({ in: 'request', as });

/** In a record's `typed_custom_fields`, under the bare id of the field. */
export const inCustomFields = (id: string): Place => ({ in: 'typed_custom_fields', as: id });

/** Written by each of the three endpoints that take whole records, under one name. */
export const everywhere = (as: string): Field['writable'] => ({
  create: inRecord(as),
  bulkUpdate: inRecord(as),
  patch: inRecord(as),
});

/** What is true of a field that only the creation of a record writes; `more` ends its note. */
export const onCreation = (record: 'contact' | 'account', as: string, more = '') => ({
  writable: { create: inRecord(as) },
  note: `Written when the ${record} is created and left alone afterwards.${more}`,
  source: apolloPage(`bulk-create-${record}s`),
});

/** Fields that cannot be mapped, for one reason. */
export const unmapped = (reason: string, ...names: readonly string[]) => names.map((name) => ({ name, reason }));

/** What names a record: no field in any object. */
export const ids = [
  { name: 'id', reason: 'Apollo gives it. In mode update, name its column in `apollo_id` of the stream.' },
  { name: 'apollo_id', reason: 'It is not a field: in mode update, name its column in `apollo_id` of the stream.' },
];
