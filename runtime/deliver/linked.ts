import type { Deferred } from '../contract/outcome.ts';
import type { SourceRow } from '../contract/record.ts';
import type { StateStore } from '../contract/state-store.ts';
import type { Accepted, Mapped, Writer } from '../contract/writer.ts';

/** A row that waits for a record of another stream. */
interface Waiting extends Pick<Accepted<unknown>, 'primaryKey' | 'matchKey' | 'dropped'> {
  readonly ok: false;
  readonly waits: Deferred;
}

export type MaybeWaiting<R> = Mapped<R> | Waiting;

/** Gives mapped rows the ids of the records of other streams that they refer to; those whose id no run knows wait. */
export async function linked<R>(
  rows: readonly SourceRow[],
  { map, links }: Pick<Writer<R>, 'map' | 'links'>,
  store: StateStore,
): Promise<readonly MaybeWaiting<R>[]> {
  const mapped = rows.map(({ row }) => map(row));
  if (links === undefined) return mapped;
  const wanted = mapped.flatMap((one, i) => (one.ok && one.link !== undefined && !rows[i]!.superseded ? one.link : []));
  const ids =
    (wanted.length > 0 && (await store.find?.([...new Set(wanted)], links.object))) || new Map<string, string>();
  return mapped.map((one) => (one.ok && one.link !== undefined ? withId(one, one.link, { links, ids }) : one));
}

function withId<R>(
  row: Accepted<R>,
  link: string,
  { links, ids }: { readonly links: NonNullable<Writer<R>['links']>; readonly ids: ReadonlyMap<string, string> },
): MaybeWaiting<R> {
  const id = ids.get(link);
  if (id !== undefined) return links.linked(row, id);
  const { primaryKey, matchKey, dropped } = row;
  return { ok: false, primaryKey, matchKey, dropped, waits: { status: 'deferred', ...links.missing, waitsFor: link } };
}
