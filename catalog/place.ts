import type { Place } from './object.ts';

/** Names the reference page that documents a fact, and the date of the text it was read from. */
export const apolloPage = (page: string): string => `docs.apollo.io/reference/${page}, 2026-08-19`;

/** In each record of the request's body. */
export const inRecord = (as: string): Place => ({ in: 'record', as });

/** Once for the whole request: its records must agree on the value. */
export const inRequest = (as: string): Place => ({ in: 'request', as });

/** In a record's `typed_custom_fields`, under the bare id of the field. */
export const inCustomFields = (id: string): Place => ({ in: 'typed_custom_fields', as: id });
