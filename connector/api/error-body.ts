/** A JSON object; any key may be missing or of another type than documented. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * The one text in an error body; there is no single envelope (apollo-api.md: docs.apollo.io/reference/status-codes,
 * 2026-08-03; changelog of 2026-09-18). Tags go, e-mail addresses are masked, and it is cut at 300 characters.
 */
export function messageOf(text: string): string {
  const json = jsonOf(text);
  const plain = (json === undefined ? text : saidIn(json))
    // The title of an error page says again what its heading says.
    .replace(/<(script|style|head)\b.*?<\/\1>/gis, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[^\s<>"(),:;]+@[^\s<>"(),:;]+/g, '[e-mail]')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}

/** The field that a refusal names, where it names one and no other. */
export function fieldIn(json: Json | undefined): string | undefined {
  const field = objectIn(json?.['error_details'])?.['field'];
  if (typeof field === 'string' && field !== '') return field;
  const byField = Object.entries(objectIn(json?.['errors']) ?? {}).filter(([key, value]) => isField(key, value));
  return byField.length === 1 ? byField[0]![0] : undefined;
}

/** `error_details.contact_id` and `deleted_contact_ids` (SPEC 2026-08-19; P41); the same of accounts as a precaution. */
export function idsIn(json: Json | undefined): readonly string[] {
  const details = objectIn(json?.['error_details']);
  const one = [details?.['contact_id'], details?.['account_id']];
  const many = [json?.['deleted_contact_ids'], json?.['deleted_account_ids']].flat();
  return [...one, ...many].filter((id) => typeof id === 'string');
}

/** The stable part of an error, where there is one (changelog of 2026-09-18); else an empty string. */
export function codeOf(json: Json | undefined): string {
  const code = objectIn(json?.['error_details'])?.['code'] ?? json?.['error_code'];
  return typeof code === 'string' ? code : '';
}

/** The JSON object that a body is; undefined for any other body. */
export const objectOf = (text: string): Json | undefined => objectIn(jsonOf(text));

/** Whether it is an error as Apollo writes them: JSON that says something. A page of a proxy, and nothing at all, is not. */
export const isErrorBody = (text: string): boolean =>
  jsonOf(text) !== undefined && (messageOf(text) !== '' || codeOf(objectOf(text)) !== '');

/** An object or a list; a bare text or number is not an answer of an API. */
function jsonOf(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

const objectIn = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

// In the order in which they are believed. The first four: apollo-rest-api.json, 2026-08-19, and older clients; the others
// are of frameworks that stand behind or in front of such an API.
const PLACES = ['error_details', 'error', 'message', 'error_message', 'errors', 'detail'] as const;
// Further in, these are names of fields.
const OUTER_PLACES = [...PLACES, 'description', 'title'] as const;

/** The text of an error in whatever form: a text, a list of them, one by field, or any of these under a usual key. */
function saidIn(value: unknown, depth = 0): string {
  if (typeof value === 'string') return value.trim();
  if (depth > 4 || typeof value !== 'object' || value === null) return '';
  if (Array.isArray(value)) return joined(value.slice(0, 5).map((one) => saidIn(one, depth + 1)));
  const json = value as Json;
  const usual = (depth === 0 ? OUTER_PLACES : PLACES)
    .map((key) => saidIn(json[key], depth + 1))
    .find((said) => said !== '');
  if (usual !== undefined || depth === 0) return usual ?? '';
  return joined(
    Object.entries(json)
      .filter(([key, one]) => isField(key, one))
      .slice(0, 5)
      .map(([key, one]) => `${key}: ${saidIn(one, depth + 1)}`),
  );
}

const joined = (texts: readonly string[]): string => [...new Set(texts.filter((text) => text !== ''))].join('; ');

/** Whether an error says this of a field of that name: `{"errors":{"email":["is invalid"]}}`. */
const isField = (key: string, value: unknown): boolean =>
  !/^(code|context|docs?|id|status|suggestions|type|url)$/.test(key) && saidIn(value, 1) !== '';
