import { BODIES, QUERIES, type Shape, type Shapes } from '../calls/shapes.ts';
import type { Attributes } from '../store/records.ts';

/** A request that Apollo's documentation does not know, and where it departs from it. */
export interface Violation {
  readonly method: string;
  readonly path: string;
  /** The body key (as `contacts[0].owner_id`), query key, or `method`. */
  readonly key: string;
  readonly message: string;
  readonly at: number;
}

/** One departure from the documentation. */
interface Departure {
  readonly key: string;
  readonly problem: string;
}

// The command line of Apollo sends users/search by POST, the document has GET only: both are taken (2026-07).
const POSTED_USERS_SEARCH: Shapes = { page: 'integer', per_page: 'integer' };

/** Everything in a request that the documentation does not have, in the order met. */
export function departures(
  action: string,
  method: string,
  query: URLSearchParams,
  body: Attributes,
): readonly Departure[] {
  const found: Departure[] = [];
  // PUT was the documented verb until 2024, PATCH is since (docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19).
  if (method === 'PUT') found.push({ key: 'method', problem: 'PUT is not documented, PATCH is' });
  const allowed = QUERIES[action] ?? [];
  for (const key of new Set(query.keys())) {
    if (!allowed.includes(key)) found.push({ key: `?${key}`, problem: 'is not a documented query parameter' });
  }
  const shapes = BODIES[action] ?? (action === 'users/search' ? POSTED_USERS_SEARCH : {});
  compare(shapes, body, '', found);
  return found;
}

function compare(shapes: Shapes, value: Attributes, prefix: string, found: Departure[]): void {
  for (const [name, sent] of Object.entries(value)) {
    const key = `${prefix}${name}`;
    const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
    if (shape === undefined) found.push({ key, problem: 'is not a documented body key' });
    else if (!hasOwnAnswer(name, sent)) compareValue(shape, sent, key, found);
  }
}

// Apollo documents what it answers to these, so they are not departures: a bulk array that is not one, and custom fields
// as an array, both 422.
function hasOwnAnswer(name: string, sent: unknown): boolean {
  if (name === 'contacts' || name === 'accounts') return !Array.isArray(sent);
  return name === 'typed_custom_fields' && Array.isArray(sent);
}

const FITS: Record<Exclude<Shape, object>, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: (value) => Number.isInteger(value),
  number: (value) => typeof value === 'number',
  'string[]': (value) => Array.isArray(value) && value.every((entry) => typeof entry === 'string'),
  strings: (value) => isObject(value),
};

function compareValue(shape: Shape, sent: unknown, key: string, found: Departure[]): void {
  if (typeof shape === 'string') {
    if (!FITS[shape](sent)) found.push({ key, problem: `is documented as ${shape}, not ${typeName(sent)}` });
    else if (shape === 'strings') compareCustomValues(sent as Attributes, key, found);
    return;
  }
  if ('object' in shape) {
    if (isObject(sent)) compare(shape.object, sent, `${key}.`, found);
    else found.push({ key, problem: `is documented as object, not ${typeName(sent)}` });
    return;
  }
  if (!Array.isArray(sent)) {
    found.push({ key, problem: `is documented as array, not ${typeName(sent)}` });
    return;
  }
  for (const [i, entry] of sent.entries()) {
    if (isObject(entry)) compare(shape.of, entry, `${key}[${i}].`, found);
    else found.push({ key: `${key}[${i}]`, problem: `is documented as object, not ${typeName(entry)}` });
  }
}

// Values are documented as strings. An array of strings is let through as well: it is how a multi-select reads back,
// and no source says how else to write one.
function compareCustomValues(values: Attributes, key: string, found: Departure[]): void {
  for (const [id, value] of Object.entries(values)) {
    if (FITS.string(value) || FITS['string[]'](value)) continue;
    found.push({ key: `${key}.${id}`, problem: `is documented as string, not ${typeName(value)}` });
  }
}

function isObject(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
