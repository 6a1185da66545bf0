import type { FieldChange, StreamDescriptor } from '../../contract/protocol.ts';
import type { Row } from '../../contract/record.ts';
import { withExactIntegers } from '../../source/exact-integers.ts';
import { BrokenInput } from './lines.ts';

type Maybe<T> = T | null | undefined;

/** A message as it comes in, as far as it is read; the payload of its `type` lies under the key of that name. */
interface IncomingMessage {
  readonly type: string;
  readonly record?: Maybe<IncomingRecord>;
  readonly state?: Maybe<IncomingState>;
}

/** `emitted_at` is not read: some clients send seconds. */
interface IncomingRecord {
  readonly stream: string;
  readonly namespace?: Maybe<string>;
  readonly data: Readonly<Record<string, unknown>>;
  readonly meta?: Maybe<{ readonly changes?: Maybe<readonly (Partial<FieldChange> | null)[]> }>;
}

interface IncomingState {
  readonly type?: Maybe<'STREAM' | 'GLOBAL' | 'LEGACY'>;
  readonly stream?: Maybe<{ readonly stream_descriptor: StreamDescriptor }>;
}

/** What a line of the standard input means to a destination. */
type Message =
  | {
      readonly type: 'row';
      readonly stream: string;
      readonly namespace: string;
      readonly row: Row;
      readonly changes: readonly FieldChange[];
    }
  /** `stream` is what the state is about; absent where it is about everything that came before it. */
  | { readonly type: 'state'; readonly text: string; readonly stream: StreamDescriptor | undefined };

/**
 * Reads one line; undefined for blank lines and for messages that do not concern a destination. Throws
 * BrokenInput for anything in which a row may have been lost: it names the line and its length, and shows none of it.
 */
export function readMessage(text: string, number: number): Message | undefined {
  // Some programs begin what they write with a byte order mark.
  const line = number === 1 && text.startsWith('\uFEFF') ? text.slice(1) : text;
  const message = parse(line, number);
  if (message === undefined) return undefined;
  if (message.type === 'RECORD') return rowOf(message.record, line, number);
  if (message.type === 'STATE') return stateOf(message.state, line, number);
  return undefined;
}

function parse(line: string, number: number): IncomingMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    if (line.trim() === '') return undefined;
    throw new BrokenInput(number, `is not JSON (${line.length} characters)`);
  }
  if (typeof (message as IncomingMessage | null)?.type === 'string') return message as IncomingMessage;
  throw new BrokenInput(number, `is not a message of the protocol: it has no type (${line.length} characters)`);
}

function rowOf(record: Maybe<IncomingRecord>, line: string, number: number): Message {
  if (typeof record?.stream !== 'string' || !isObject(record.data)) {
    throw new BrokenInput(number, `is a RECORD without a stream or without data (${line.length} characters)`);
  }
  const row = isExact(record.data)
    ? record.data
    : (JSON.parse(withExactIntegers(line)) as { record: IncomingRecord }).record.data;
  const changes = changesOf(record);
  const { stream, namespace } = record;
  const kept = changes.length === 0 ? row : withoutNulled(row, changes);
  return { type: 'row', stream, namespace: namespace ?? '', row: kept, changes };
}

const none: readonly never[] = [];

function changesOf({ meta }: IncomingRecord): readonly FieldChange[] {
  const changes = meta?.changes;
  if (!Array.isArray(changes)) return none;
  return changes.flatMap((each) =>
    typeof each?.field === 'string' && typeof each.change === 'string'
      ? [{ field: each.field, change: each.change }]
      : [],
  );
}

/** A null that stands where a value was lost is not a value of the source, and must empty nothing. */
function withoutNulled(row: Row, changes: readonly FieldChange[]): Row {
  const nulled = new Set(changes.flatMap(({ field, change }) => (change === 'NULLED' ? [field] : [])));
  return Object.fromEntries(Object.entries(row).filter(([column, value]) => value !== null || !nulled.has(column)));
}

/** Whether no number in a value is so large that JavaScript may have changed it. */
function isExact(value: unknown): boolean {
  if (typeof value === 'number') return value <= Number.MAX_SAFE_INTEGER && value >= -Number.MAX_SAFE_INTEGER;
  if (typeof value !== 'object' || value === null) return true;
  for (const key in value) if (!isExact((value as Readonly<Record<string, unknown>>)[key])) return false;
  return true;
}

/** The text is kept, not what was read from it: a state must go back with every key, number and space it had. */
function stateOf(state: Maybe<IncomingState>, line: string, number: number): Message {
  if (!isObject(state)) throw new BrokenInput(number, `is a STATE without a state (${line.length} characters)`);
  // No type is LEGACY by the protocol; that, GLOBAL and whatever may come later wait for all that came before.
  const descriptor = state.type === 'STREAM' ? state.stream?.stream_descriptor : undefined;
  return { type: 'state', text: line, stream: typeof descriptor?.name === 'string' ? descriptor : undefined };
}

const isObject = <T>(value: T): value is T & object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
