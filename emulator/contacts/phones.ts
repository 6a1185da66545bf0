import { parsePhoneNumberFromString } from 'libphonenumber-js';
import type { Quirks } from '../calls/quirks.ts';
import type { Attributes, Phone, PhoneType } from '../store/records.ts';

/** A number in E.164, the United States assumed without a country code; null if it cannot be read as one. */
export function sanitizePhone(raw: string): string | null {
  // "555-555-0149" becomes "+15555550149" in the sample of POST /contacts
  // (docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19).
  return parsePhoneNumberFromString(raw, { defaultCountry: 'US', extract: false })?.number ?? null;
}

// Slots of POST and PATCH /contacts (docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19).
/** The request key of each typed slot. */
export const PHONE_SLOTS = {
  direct_phone: 'work_direct',
  corporate_phone: 'work_hq',
  mobile_phone: 'mobile',
  home_phone: 'home',
  other_phone: 'other',
} satisfies Record<string, PhoneType>;

/** The numbers of a contact after a request: a slot that is sent replaces its number, an empty one removes it. */
export function phonesAfter(
  { emptyValues }: Readonly<Quirks>,
  before: readonly Phone[],
  sent: Attributes,
): readonly Phone[] | undefined {
  let phones = before;
  for (const [key, type] of Object.entries(PHONE_SLOTS)) {
    const raw = sent[key];
    if (typeof raw !== 'string' || (raw === '' && emptyValues === 'ignored')) continue;
    const rest = phones.filter((phone) => phone.type !== type);
    phones = raw.trim() === '' ? rest : [...rest, phone(raw, type)];
  }
  phones = [...phones, ...bulkPhones(sent)];
  if (phones.length === before.length && phones.every((entry, i) => entry === before[i])) return undefined;
  return phones.map((entry, position) => ({ ...entry, position }));
}

// bulk_create has no typed slots. That `phone` is a direct line and `phone_numbers` are of type `other` is assumed.
function bulkPhones(sent: Attributes): Phone[] {
  const result: Phone[] = [];
  const single = sent['phone'];
  if (typeof single === 'string' && single.trim() !== '') result.push(phone(single, 'work_direct'));
  const list = sent['phone_numbers'];
  if (!Array.isArray(list)) return result;
  const numbers = list.filter((entry) => typeof entry?.raw_number === 'string');
  numbers.sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  return [...result, ...numbers.map((entry) => phone(entry.raw_number, 'other'))];
}

function phone(raw: string, type: PhoneType): Phone {
  return { raw_number: raw, sanitized_number: sanitizePhone(raw), type, position: 0 };
}
