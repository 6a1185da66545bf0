import type { Attributes } from '../store/records.ts';
import type { Call } from './call.ts';
import { refusedId } from './failures.ts';
import type { Quirks } from './quirks.ts';
import { isId } from './random.ts';
import { invalid } from './reply.ts';

/** A sent text: undefined leaves the stored value alone, null clears it. */
export function sentText(quirks: Readonly<Quirks>, value: unknown): string | null | undefined {
  // "An empty value clears" (docs.apollo.io/openapi/apollo-rest-api.json, POST /contacts, run_dedupe, 2026-08-19).
  if (value === '') return quirks.emptyValues === 'clear' ? null : undefined;
  if (value === null) return quirks.nullValues === 'clear' ? null : undefined;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}

/** The text entries of a value that should be an array; a lone text counts as one entry. */
export function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** The records of a value that should be an array of objects. */
export function objects(value: unknown): Attributes[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'object' && entry !== null) : [];
}

/** Only the listed keys; the rest is ignored in silence, as Apollo does with what it does not know. */
export function picked(sent: Attributes, keys: readonly string[]): Attributes {
  const result: Record<string, unknown> = {};
  for (const key of keys) if (Object.hasOwn(sent, key)) result[key] = sent[key];
  return result;
}

/** What of a sent record the endpoint takes: all of it, but for what a quirk has it leave out in silence. */
export function taken(call: Pick<Call, 'action' | 'quirks'>, sent: Attributes): Attributes {
  const { untaken } = call.quirks;
  if (untaken.length === 0) return sent;
  return Object.fromEntries(Object.entries(sent).filter(([key]) => !untaken.includes(`${call.action} ${key}`)));
}

const LONG = 255;

/** A name, title or company as it is stored. */
export function spelled({ textSpelling, longTexts }: Readonly<Quirks>, sent: string): string {
  if (longTexts === '422' && sent.length > LONG) throw invalid('Text is too long');
  const text = longTexts === 'cut' ? sent.slice(0, LONG) : sent;
  if (textSpelling === 'sent') return text;
  const plain = text.trim().replace(/\s+/gu, ' ');
  return textSpelling === 'spaces'
    ? plain
    : plain.toLowerCase().replace(/(?<![\p{L}\p{N}])\p{L}/gu, (first) => first.toUpperCase());
}

const REFERENCES = {
  account_id: (call: Call, id: string) => call.store.accounts.get(id) !== undefined,
  contact_stage_id: (call: Call, id: string) => call.store.contactStages.has(id),
  account_stage_id: (call: Call, id: string) => call.store.accountStages.has(id),
  // Documented for the owner of bulk_create: 422 if the id does not belong to the team.
  owner_id: (call: Call, id: string) => call.store.users.has(id),
} satisfies Record<string, (call: Call, id: string) => boolean>;

/** What an id may stand for. */
export type Reference = keyof typeof REFERENCES;

/** Whether an id stands for nothing; asked only where a quirk says so. */
export function isUnknown(call: Call, key: Reference, id: string): boolean {
  return call.quirks.unknownReferences === '422' && !REFERENCES[key](call, id);
}

/** Refuses with 422 an id that cannot be one, naming its value; what exists is asked only where a quirk says so. */
export function checkReferences(call: Call, sent: Attributes): void {
  for (const key of Object.keys(REFERENCES)) {
    const id = sent[key];
    if (typeof id !== 'string' || id === '') continue;
    if (!isId(id) || isUnknown(call, key as Reference, id)) throw refusedId(id, call.quirks.refusedIds);
  }
}
