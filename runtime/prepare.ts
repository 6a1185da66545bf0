import { createHash } from 'node:crypto';
import type { Rejection } from './outcome.ts';
import { type Item, isSettled, type SourceRow } from './record.ts';
import type { Known, StateStore } from './state-store.ts';
import type { Writer } from './writer.ts';

/** Maps rows, attaches what the state store knows of them, and settles those that need no request. */
export async function* prepare<R>(
  chunks: AsyncIterable<readonly SourceRow[]>,
  writer: Writer<R>,
  store: StateStore,
  run: AbortController,
): AsyncGenerator<readonly Item<R>[], void, void> {
  try {
    for await (const chunk of chunks) {
      const items = chunk.map((row) => mapRow(row, writer));
      const known = await store.recall(items.flatMap((item) => (isSettled(item) ? [] : [item.primaryKey])));
      yield items.map((item) => recalled(item, known));
      if (run.signal.aborted) break;
    }
  } catch (error) {
    run.abort(error);
  }
}

function mapRow<R>({ position, row, superseded }: SourceRow, writer: Writer<R>): Item<R> {
  const mapped = writer.map(row);
  const keys = {
    ...(mapped.primaryKey !== undefined && { primaryKey: mapped.primaryKey }),
    ...(mapped.matchKey !== undefined && { matchKey: mapped.matchKey }),
  };
  if (superseded) return { position, row, ...keys, outcome: { status: 'superseded' } };
  if (!mapped.ok) return { position, row, ...keys, outcome: refused(mapped.rejection) };
  const json = JSON.stringify(mapped.content);
  return {
    position,
    row,
    primaryKey: mapped.primaryKey,
    matchKey: mapped.matchKey,
    record: mapped.record,
    bytes: Buffer.byteLength(json),
    fingerprint: createHash('sha256').update(json).digest('base64'),
    id: mapped.id,
  };
}

/** The same record gets the same answer, so what was delivered or refused before is not sent again. */
function recalled<R>(item: Item<R>, store: ReadonlyMap<string, Known>): Item<R> {
  if (isSettled(item)) return item;
  const known = store.get(item.primaryKey);
  if (known === undefined) return item;
  if (known.fingerprint !== item.fingerprint) return { ...item, id: item.id ?? known.id };
  const { position, row, primaryKey, matchKey } = item;
  const outcome = known.rejection ? refused(known.rejection) : { status: 'unchanged' as const, ...withId(known.id) };
  return { position, row, primaryKey, matchKey, outcome };
}

const withId = (id: string | undefined) => (id === undefined ? {} : { id });

/** The row of a rejected record goes to the rejects file whole, so the rejection itself carries no values. */
const refused = (rejection: Rejection) => ({ status: 'rejected' as const, rejection });
