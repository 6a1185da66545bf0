/** A JSON object, any key of which may be missing or of another type than documented. */
export type Json = Readonly<Record<string, unknown>>;

/**
 * The one text in an error body; there is no single envelope (apollo-api.md: docs.apollo.io/reference/status-codes,
 * 2026-08-03; changelog of 2026-09-18). Tags go, e-mail addresses are masked, and it is cut at 300 characters.
 */
export function messageOf(text: string): string {
  const json = objectOf(text);
  const details = objectIn(json?.['error_details']);
  const candidates = [details?.['message'], json?.['error'], json?.['message'], json?.['error_message']];
  const raw = candidates.find((one) => typeof one === 'string' && one.trim() !== '') ?? (json ? '' : text);
  const plain = String(raw)
    // The title of an error page says again what its heading says.
    .replace(/<(script|style|head)\b.*?<\/\1>/gis, ' ')
    .replace(/<[^>]*>/g, ' ')
    .replace(/[^\s<>"(),:;]+@[^\s<>"(),:;]+/g, '[e-mail]')
    .replace(/\s+/g, ' ')
    .trim();
  return plain.length > 300 ? `${plain.slice(0, 299)}…` : plain;
}

/** The field that a refusal names. */
export function fieldIn(json: Json | undefined): string | undefined {
  const field = objectIn(json?.['error_details'])?.['field'];
  return typeof field === 'string' && field !== '' ? field : undefined;
}

/** `error_details.contact_id` and `deleted_contact_ids` (SPEC 2026-08-19); the same of accounts as a precaution. */
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
export function objectOf(text: string): Json | undefined {
  try {
    return objectIn(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const objectIn = (value: unknown): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
