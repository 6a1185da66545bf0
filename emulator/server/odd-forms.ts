import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Reply } from '../calls/reply.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isRecord = (value: unknown): value is Json => isObject(value) && typeof value['id'] === 'string';

/** Changes the records of an answer, wherever they stand; anything else stays as it is. */
function eachRecord(value: unknown, change: (record: Json) => unknown): unknown {
  if (isRecord(value)) return change(value);
  if (Array.isArray(value)) return value.map((one) => eachRecord(one, change));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, eachRecord(one, change)]));
}

/** Changes the lists of records of an answer. */
const eachList = (value: unknown, change: (records: readonly unknown[]) => unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, Array.isArray(one) ? change(one) : one]))
    : Array.isArray(value)
      ? change(value)
      : value;

const onlyValue = (value: unknown): unknown => {
  const values = isObject(value) ? Object.values(value) : [];
  return values.length === 1 ? values[0] : value;
};

const blanked = (record: Json): Json =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, key === 'id' ? value : null]));

/** Forms that no page documents, and that an answer of 200 may come in all the same; each keeps what it can. */
const forms = {
  /** Without the key around what is answered: `{"contact":{…}}` as `{…}`. */
  bare: onlyValue,
  /** Everything under one more key. */
  nested: (body) => ({ data: body }),
  /** Each record under a key of its own. */
  wrapped: (body) => eachRecord(body, (record) => ({ contact: record })),
  /** Each record twice. */
  doubled: (body) => eachList(body, (records) => [...records, ...records]),
  /** The first half of the records. */
  half: (body) => eachList(body, (records) => records.slice(0, records.length >> 1)),
  /** Records in between that are none. */
  holes: (body) => eachList(body, (records) => records.flatMap((one) => [null, one, {}, 'x'])),
  /** Lists as objects, by place. */
  'lists-as-objects': (body) => eachList(body, (records) => ({ ...records })),
  'only-ids': (body) => eachRecord(body, ({ id }) => ({ id })),
  /** Records that show every value as null. */
  nulls: (body) => eachRecord(body, blanked),
  /** Records that show no value in the type that it has. */
  'other-types': (body) =>
    eachRecord(body, (record) =>
      Object.fromEntries(
        Object.entries(record).map(([key, value]) => [
          key,
          key === 'id' ? value : Array.isArray(value) ? {} : isObject(value) ? [] : { value },
        ]),
      ),
    ),
  /** Ids in another field. */
  'no-ids': (body) => eachRecord(body, ({ id, ...record }) => ({ ...record, identifier: id })),
  'empty-object': () => ({}),
  'empty-list': () => [],
  null: () => null,
} as const satisfies Readonly<Record<string, (body: unknown) => unknown>>;

/** What may be done to the bytes of an answer, its content being what it is. */
const encodings = {
  gzip: { bytes: gzipSync, headers: { 'content-encoding': 'gzip' } },
  br: { bytes: brotliCompressSync, headers: { 'content-encoding': 'br' } },
  'byte-order-mark': { bytes: (text: string) => `\uFEFF${text}`, headers: {} },
} as const;

export type OddForm = keyof typeof forms | keyof typeof encodings | 'no-content';

/** A 2xx answer in another form. */
export function inOddForm(reply: Reply, form: OddForm): Reply {
  if (form === 'no-content') return { status: 204, body: '', contentType: 'text/plain', headers: reply.headers ?? {} };
  if (form in forms) return { ...reply, body: forms[form as keyof typeof forms](reply.body) };
  const { bytes, headers } = encodings[form as keyof typeof encodings];
  return {
    ...reply,
    body: bytes(JSON.stringify(reply.body)),
    contentType: 'application/json; charset=utf-8',
    headers: { ...reply.headers, ...headers },
  };
}

/** The forms there are, in order. */
export const ODD_FORMS: readonly OddForm[] = [
  ...(Object.keys(forms) as (keyof typeof forms)[]),
  ...(Object.keys(encodings) as (keyof typeof encodings)[]),
  'no-content',
];
