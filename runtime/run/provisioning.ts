import type { Dependencies, StreamConfig } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { ColumnValues, Made } from '../contract/provision.ts';
import type { Row } from '../contract/record.ts';
import type { Source } from '../source/source.ts';
import type { Plan } from './preview/plan-file.ts';
import type { ReadyStream } from './ready.ts';

/** Something that a run makes at the destination, and the stream that asks for it. */
interface StreamMade extends Made {
  readonly stream: string;
}

/** Streams, what is made for them before their rows are sent, and the requests that this takes. */
export interface Provisioned<S> {
  readonly streams: readonly ReadyStream<S>[];
  readonly makes: readonly StreamMade[];
  readonly calls: Readonly<Record<string, number>>;
}

/** What a run would make for these streams, and the streams as they would be written then. Sends nothing that writes. */
export async function provisioned<S extends StreamConfig>(
  streams: readonly ReadyStream<S>[],
  { source, signal }: { readonly source: Source; readonly signal: AbortSignal },
): Promise<Provisioned<S>> {
  const ready: ReadyStream<S>[] = [];
  const makes: StreamMade[] = [];
  const calls: Record<string, number> = {};
  for (const stream of streams) {
    const { provision, config } = stream;
    if (provision === undefined) {
      ready.push(stream);
      continue;
    }
    const values = stream.values ?? (await valuesIn(stream, source, signal));
    const { makes: missing, opened } = await provision.plan(values, signal);
    const fresh = missing.flatMap((one) => notYet(one, makes));
    makes.push(...fresh.map((one) => ({ stream: config.name, ...one })));
    if (fresh.length > 0) add(calls, provision.lookups);
    for (const { request } of fresh) add(calls, { [request]: 1 });
    ready.push({ ...stream, ...opened, provision, values });
  }
  return { streams: ready, makes, calls };
}

/** Makes what a plan of `provisioned` says, and tells of each. The streams come back as they can be written now. */
export async function provide<S extends StreamConfig>(
  streams: readonly ReadyStream<S>[],
  { signal, notice }: { readonly signal: AbortSignal; readonly notice: Dependencies['notice'] },
): Promise<readonly ReadyStream<S>[]> {
  const ready: ReadyStream<S>[] = [];
  for (const stream of streams) {
    const { provision, values = new Map() } = stream;
    if (provision === undefined) {
      ready.push(stream);
      continue;
    }
    const { makes, opened } = await provision.make(values, signal);
    for (const made of makes) notice({ type: 'warning', message: `Made ${madeText(made)}.` });
    ready.push({ ...stream, ...opened });
  }
  return ready;
}

/** Throws ConfigFailure where a run would make what its plan does not have. */
export function requirePlanned({ path, makes: planned = [] }: Plan, makes: readonly StreamMade[]): void {
  for (const made of makes) {
    const most = planned.find(({ what }) => what === made.what)?.count ?? 0;
    if (countOf(made) <= most) continue;
    throw new ConfigFailure(
      `--plan ${path}: the run would make ${madeText(made)}, and the plan has ${most === 0 ? 'none' : most}. Make a new one with \`preview --output json > plan.json\`.`,
      { code: 'plan_mismatch' },
    );
  }
}

/** How many things are made: a field is one, of options each. */
export const countOf = ({ names }: Made): number => names?.length ?? 1;

/** `custom field "Tier" (string) of contacts`, `3 options of custom field "Segment" of contacts`. */
export function madeText(made: Made): string {
  if (made.names === undefined) return made.what;
  const count = countOf(made);
  return `${count} ${count === 1 ? made.what.replace(/^options\b/, 'option') : made.what}`;
}

/** What of it no earlier stream of the run has made by then. */
function notYet(made: Made, earlier: readonly Made[]): readonly Made[] {
  const same = earlier.filter(({ what }) => what === made.what);
  if (made.names === undefined || same.length === 0) return same.length === 0 ? [made] : [];
  const names = made.names.filter((name) => !same.some((one) => one.names?.includes(name)));
  return names.length === 0 ? [] : [{ ...made, names }];
}

function add(calls: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [request, count] of Object.entries(more)) calls[request] = (calls[request] ?? 0) + count;
}

// More than a destination makes of one column; what lies beyond changes nothing about the refusal.
const MOST_VALUES = 10_000;

/** The distinct values of the columns that decide what is missing; the rows are read for it, all of them. */
async function valuesIn<S extends StreamConfig>(
  { provision, relation }: ReadyStream<S>,
  source: Source,
  signal: AbortSignal,
): Promise<ColumnValues> {
  const columns = provision?.columns ?? [];
  if (columns.length === 0) return new Map();
  const values = new DistinctValues(columns);
  for await (const rows of source.rows(
    relation,
    { columns: [], reads: columns, matchKeyOf: () => undefined },
    signal,
  )) {
    for (const { row } of rows) values.add(row);
  }
  return values.byColumn;
}

/** Distinct values of some columns, as rows bring them. */
export class DistinctValues {
  readonly #seen: ReadonlyMap<string, Map<string, unknown>>;

  constructor(columns: readonly string[]) {
    this.#seen = new Map(columns.map((column) => [column, new Map()]));
  }

  add(row: Row): void {
    for (const [column, seen] of this.#seen) {
      const value = row[column];
      if (value === undefined || value === null || seen.size >= MOST_VALUES) continue;
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      if (!seen.has(text)) seen.set(text, value);
    }
  }

  get byColumn(): ColumnValues {
    return new Map([...this.#seen].map(([column, seen]) => [column, [...seen.values()]]));
  }
}
