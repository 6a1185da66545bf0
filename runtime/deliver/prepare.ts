import type { Outcome, Rejection } from '../contract/outcome.ts';
import { type Item, isSettled, type PreparedRecord, type Settled, type SourceRow } from '../contract/record.ts';
import type { Intent, Known, StateStore, Wanted } from '../contract/state-store.ts';
import { learnedBy, type Writer } from '../contract/writer.ts';
import { type Budget, overBudget } from './budget.ts';
import { fingerprintOf } from './fingerprint.ts';
import { knownBy } from './known-by.ts';
import { linked, type MaybeWaiting } from './linked.ts';
import { weightOf } from './weight.ts';

export interface PrepareOptions {
  readonly store: StateStore;
  readonly run: AbortController;
  /** Sends rejected records again although nothing has changed. */
  readonly retryRejects?: boolean | undefined;
  readonly budget?: Budget | undefined;
}

/** Maps rows, attaches what the state store knows of them, and settles those that need no request. */
export async function* prepare<R>(
  chunks: AsyncIterable<readonly SourceRow[]>,
  writer: Writer<R>,
  options: PrepareOptions,
): AsyncGenerator<readonly Item<R>[], void, void> {
  const fingerprint = options.store.isNone ? noFingerprint : fingerprintOf;
  try {
    for await (const chunk of chunks) {
      const rows = await linked(chunk, writer, options.store);
      const mapped = await resolved(
        chunk.map((row, i) => itemOf(row, rows[i]!, fingerprint)),
        writer,
        options.store,
      );
      const recalled = await recall(mapped, options.store);
      const items = writer.key.isShared ? await identified(mapped, recalled, options.store) : mapped;
      const known = items.map((item) => within(remembered(item, recalled, writer, options), options.budget));
      yield* announced(known, writer, options);
      if (options.run.signal.aborted) break;
    }
  } catch (error) {
    options.run.abort(error);
  }
}

// A commit for so many; after a crash, what is known of at most some times as many is in doubt.
const announcedTogether = 256;

/**
 * Has the state store note which of the records it knows may be changed, many at once: a commit for each would cost more
 * than the change itself.
 */
async function* announced<R>(
  items: readonly Item<R>[],
  writer: Writer<R>,
  { store, run }: PrepareOptions,
): AsyncGenerator<readonly Item<R>[], void, void> {
  for (let from = 0; from < items.length; from += announcedTogether) {
    const part = items.slice(from, from + announcedTogether);
    const changes = part.filter(isKnown).map((item) => changeOf(item, writer));
    if (changes.length > 0) {
      await store.intend(changes, writer.aheadMs?.()).catch((error: unknown) => run.abort(error));
    }
    yield part;
  }
}

const isKnown = <R>(item: Item<R>): item is PreparedRecord<R> => !isSettled(item) && item.known?.id !== undefined;

const changeOf = <R>({ primaryKey, matchKey, fingerprint, record }: PreparedRecord<R>, writer: Writer<R>): Intent => ({
  ...{ primaryKey, matchKey, fingerprint, creates: false, fields: learnedBy(writer, record).pending },
});

/** It costs some µs, and only what is remembered is compared. */
const noFingerprint = (): string => '';

function itemOf<R>(source: SourceRow, mapped: MaybeWaiting<R>, fingerprint: (text: string) => string): Item<R> {
  const { position, row, rowHash, known, waitsFor } = source;
  if (source.superseded || !mapped.ok) return unsent(source, mapped);
  const { primaryKey, matchKey, record, content, id, dropped } = mapped;
  const json = JSON.stringify(content);
  // Written out: every row comes by here, and spreading its parts took half of the time (bench/write.ts).
  return {
    position,
    row,
    rowHash,
    known,
    primaryKey,
    matchKey,
    record,
    bytes: Buffer.byteLength(json),
    weight: weightOf(row),
    fingerprint: fingerprint(json),
    id,
    waitsFor,
    dropped,
  };
}

/** A row that has its outcome before anything is sent. */
function unsent<R>(
  { position, row, rowHash, known, superseded, repeated }: SourceRow,
  mapped: MaybeWaiting<R>,
): Settled {
  const origin = { position, row, rowHash, known };
  const keys = {
    ...(mapped.primaryKey !== undefined && { primaryKey: mapped.primaryKey }),
    ...(mapped.matchKey !== undefined && { matchKey: mapped.matchKey }),
  };
  if (superseded || mapped.ok) return { ...origin, ...keys, repeated, outcome: { status: 'superseded' } };
  return { ...origin, ...keys, outcome: 'waits' in mapped ? mapped.waits : refused(mapped.rejection) };
}

/** Has the state store decide which records the rows have that came without an answer. */
async function resolved<R>(
  items: readonly Item<R>[],
  { key: { renames } }: Writer<R>,
  store: StateStore,
): Promise<readonly Item<R>[]> {
  if (store.resolve === undefined) return items;
  const asking = items.filter((item) => isUnasked(item) && !(isSettled(item) && item.repeated));
  const wanted = asking.map((item): Wanted => {
    const { primaryKey, position, matchKey } = item;
    const superseded = isSettled(item) && item.outcome.status === 'superseded';
    return { position, primaryKey: primaryKey!, matchKey, superseded };
  });
  const waits = wanted.length === 0 ? undefined : await store.resolve(wanted, renames);
  if (waits === undefined || waits.size === 0) return items;
  return items.map((item) =>
    isSettled(item) || !waits.has(item.primaryKey) ? item : { ...item, waitsFor: waits.get(item.primaryKey) },
  );
}

/** Asks the state store about the rows that came without an answer. */
async function recall<R>(items: readonly Item<R>[], store: StateStore): Promise<ReadonlyMap<string, Known>> {
  const keys = items.filter(isUnasked).map(({ primaryKey }) => primaryKey!);
  return keys.length === 0 ? new Map() : store.recall(keys);
}

const isUnasked = <R>({ known, primaryKey }: Item<R>): boolean => known === undefined && primaryKey !== undefined;

/** Gives records the ids that other streams have learned for their match keys. */
async function identified<R>(
  items: readonly Item<R>[],
  recalled: ReadonlyMap<string, Known>,
  store: StateStore,
): Promise<readonly Item<R>[]> {
  const isOpen = (item: Item<R>): item is PreparedRecord<R> =>
    !isSettled(item) && (item.id ?? item.known?.id ?? recalled.get(item.primaryKey)?.id) === undefined;
  const keys = items.filter(isOpen).map(({ matchKey }) => matchKey);
  const ids = keys.length === 0 ? undefined : await store.find?.(keys);
  return ids === undefined
    ? items
    : items.map((item) => (isOpen(item) ? { ...item, id: ids.get(item.matchKey) } : item));
}

/** The same record gets the same answer, so what was delivered or refused before is not sent again. */
function remembered<R>(
  found: Item<R>,
  recalled: ReadonlyMap<string, Known>,
  writer: Writer<R>,
  { store, retryRejects = false }: PrepareOptions,
): Item<R> {
  const known = knownOf(found, recalled, store);
  if (known === undefined) return found;
  if (isSettled(found)) return withKnown(found, known, writer.version);

  const item = { ...found, known, id: namedAsBefore(found, known, writer) ?? found.id };
  // A row that names its record itself may name another one by now.
  const isOther = item.id !== undefined && known.id !== undefined && item.id !== known.id;
  const isSame = !isOther && known.fingerprint === item.fingerprint && known.version === writer.version;
  // Whom another stream has found since then is looked at again.
  const isFound = item.id !== undefined && known.id === undefined;
  if (isSame && known.rejection !== undefined && !retryRejects && !isFound) {
    return { ...settled(item, known, refused(known.rejection)), isKnownReject: true };
  }
  // A row that names its record, and has lost it to another row, takes it back only when it changes. A comparison knows more.
  if (isSame && known.outcome === 'superseded' && found.known === undefined && writer.memory?.again !== undefined) {
    return settled(item, known, { status: 'superseded' });
  }
  if (isSame && known.rejection === undefined && stays.has(known.outcome)) {
    const status = known.outcome === 'skipped' ? 'skipped' : 'unchanged';
    return settled(item, known, { status, ...(known.id !== undefined && { id: known.id }) });
  }
  return goOn(item, known, writer);
}

/**
 * The record that the name of a row has led to before, where it still names the same one: that may have been merged into another, which
 * answers by its own id.
 */
const namedAsBefore = <R>({ id, matchKey }: PreparedRecord<R>, known: Known, writer: Writer<R>): string | undefined =>
  id !== undefined && !writer.key.isShared && known.matchKey === matchKey ? known.id : undefined;

function knownOf<R>(
  { known, primaryKey }: Item<R>,
  recalled: ReadonlyMap<string, Known>,
  store: StateStore,
): Known | undefined {
  if (primaryKey === undefined) return undefined;
  const found = known ?? recalled.get(primaryKey);
  const intended = store.intended?.(primaryKey);
  return intended === undefined ? found : { ...found, intended };
}

/** Outcomes after which the destination has all that it was to have. */
const stays: ReadonlySet<Known['outcome']> = new Set([undefined, 'created', 'updated', 'unchanged', 'skipped']);

/** What is known of a row stays known though nothing is sent; of a superseded one only its id, since another row writes. */
function withKnown(item: Settled, known: Known, version: string | undefined): Settled {
  const kept = item.outcome.status === 'superseded' ? {} : { values: known.values };
  const by = knownBy({ id: known.id, matchKey: item.matchKey, known }, item.outcome);
  const settled = { ...item, known, id: known.id, ...kept, ...(by !== undefined && { knownBy: by }) };
  return isSameRefusal(settled, known, version) ? { ...settled, isKnownReject: true } : settled;
}

/** A row that the mapping refuses as it did before is not news: it stands in the rejects already. */
function isSameRefusal({ outcome, rowHash }: Settled, { rejection, ...known }: Known, version: string | undefined) {
  if (outcome.status !== 'rejected' || rejection?.code !== outcome.rejection.code) return false;
  return rowHash !== undefined && rowHash === known.rowHash && known.version === version;
}

/** Attaches what is known, and leaves only what is still to be done. */
function goOn<R>(item: PreparedRecord<R>, known: Known, writer: Writer<R>): Item<R> {
  if (writer.memory?.delta === undefined) return { ...item, id: item.id ?? known.id };
  const { status, record = item.record, ...answer } = writer.memory.delta(item, known);
  if (status === 'onward') {
    const id = item.id ?? ('id' in answer ? answer.id : undefined);
    return { ...item, record, id, ...(id === undefined && known.id !== undefined && { known: withoutRecord(known) }) };
  }
  const outcome = { status, ...answer } as Outcome;
  return settled(item, known, outcome, learnedBy(writer, record).values);
}

/** What is known of a row whose record is looked for: nothing of a record that it may not have. */
const withoutRecord = ({ id: _, values: __, lists: ___, unfinished: ____, moved: _____, ...known }: Known): Known =>
  known;

function settled<R>(item: PreparedRecord<R>, known: Known, outcome: Outcome, values = known.values): Settled {
  const { position, row, rowHash, primaryKey, matchKey, fingerprint, dropped } = item;
  const id = item.id ?? known.id;
  const by = knownBy({ id, matchKey, known }, outcome);
  const keys = { primaryKey, matchKey, ...(by !== undefined && { knownBy: by }) };
  return { position, row, rowHash, known, dropped, ...keys, fingerprint, id, values, outcome };
}

/** The row of a rejected record goes to the rejects file whole, so the rejection itself carries no values. */
const refused = (rejection: Rejection) => ({ status: 'rejected' as const, rejection });

/** Lets a record through as long as the run may send more. */
export function within<R>(item: Item<R>, budget: Budget | undefined): Item<R> {
  if (budget === undefined || isSettled(item)) return item;
  if (budget.records > 0) {
    budget.records--;
    return item;
  }
  return { ...settled(item, item.known ?? {}, overBudget), known: item.known };
}
