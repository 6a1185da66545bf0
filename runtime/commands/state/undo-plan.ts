import type { Change } from '../../contract/change.ts';
import type { RunConfig } from '../../contract/destination.ts';
import { estimable } from '../../contract/estimate.ts';
import type { StateAt } from '../../contract/state-config.ts';
import { noStateStore } from '../../contract/state-store.ts';
import type { Step } from '../../contract/writer.ts';
import { deliver } from '../../deliver/pipeline.ts';
import { counted } from '../../facts/counted.ts';
import { telling } from '../../run/preview/stream-estimate.ts';
import { Session } from '../../run/session.ts';
import { inChunks, undoStreams } from '../../run/undo-streams.ts';
import { noStore } from '../../state/file/no-store.ts';
import { readState } from '../../state/state-database.ts';
import { table } from '../../text/present.ts';
import type { Said } from '../shared/said.ts';
import type { StoreSession } from '../shared/store.ts';

/** What it would take to undo a run. */
interface UndoPlan {
  readonly type: 'undo_plan';
  readonly run_id: string;
  readonly streams: readonly StreamUndoPlan[];
  /** Requests at most: what somebody has changed since then is read, and not written. */
  readonly calls: Readonly<Record<string, number>>;
}

/** Records that the run has created, and that nothing takes back. */
interface Kept {
  readonly created: number;
  /** Beside those: created, and not finished. */
  readonly created_unfinished: number;
}

interface StreamUndoPlan {
  readonly name: string;
  readonly object: string;
  /** Records that the run has changed, and no run has undone since. */
  readonly records: number;
  /** Values that can be given back, by field. */
  readonly restorable: Readonly<Record<string, number>>;
  /** Values that were not read before the run replaced them, or that cannot be written, by field. */
  readonly lost: Readonly<Record<string, number>>;
}

/** Says what it would take to undo a run, without a call that writes. Throws ConfigFailure where it cannot be undone. */
export async function undoPlan(
  { destination, source, dependencies, run }: StoreSession,
  config: RunConfig,
  path: StateAt,
  named: string,
): Promise<UndoPlan & Kept> {
  const opening = { runId: '', signal: run.signal, openState: readState, stateAt: path };
  const session = new Session(await destination(), config, opening, dependencies);
  try {
    await session.openStore(source);
    if (session.state === undefined) throw noStore(path);
    const changes = await session.state.changesOfRun(named);
    const restoring = await undoStreams(session.connection, config, changes, run.signal);
    const calls: Record<string, number> = {};
    const streams: StreamUndoPlan[] = [];
    for (const stream of restoring) {
      streams.push(await estimated(stream, calls, { run, clock: dependencies.clock }));
    }
    return {
      type: 'undo_plan',
      run_id: changes.runId,
      streams,
      created: changes.created,
      created_unfinished: changes.unfinished,
      calls,
    };
  } finally {
    await session.close();
  }
}

async function estimated(
  { config, rows, writer }: Awaited<ReturnType<typeof undoStreams>>[number],
  calls: Record<string, number>,
  around: Pick<Parameters<typeof deliver>[2], 'run' | 'clock'>,
): Promise<StreamUndoPlan> {
  const restorable: Record<string, number> = {};
  const all: Record<string, number> = {};
  const { steps } = estimable(writer).estimated('full');
  const shown = ({ field }: Change) => writer.memory?.fieldNames?.get(field) ?? field;
  const sent = ({ request }: Step<unknown>) => {
    calls[request] = (calls[request] ?? 0) + 1;
  };
  const counted = { ...writer, steps: steps.map((step) => telling(step, () => sent(step))) };
  for await (const settled of deliver(inChunks(rows), counted, { ...around, store: noStateStore })) {
    for (const { row, changes = [] } of settled) {
      for (const field of (row['changes'] as readonly Change[]).map(shown)) all[field] = (all[field] ?? 0) + 1;
      for (const field of changes.map(shown)) restorable[field] = (restorable[field] ?? 0) + 1;
    }
  }
  const lost = Object.entries(all).map(([field, count]) => [field, count - (restorable[field] ?? 0)] as const);
  return {
    name: config.name,
    object: config.object,
    records: rows.length,
    restorable,
    lost: Object.fromEntries(lost.filter(([, count]) => count > 0)),
  };
}

/** The plan, for a person and for a program. */
export function undoSaid({ created, created_unfinished, ...plan }: UndoPlan & Kept): Said {
  const { run_id, streams, calls } = plan;
  const fields = streams.flatMap(({ name, restorable, lost }) =>
    [...new Set([...Object.keys(restorable), ...Object.keys(lost)])]
      .sort()
      .map((field) => [name, field, restorable[field] ?? 0, lost[field] ?? 0]),
  );
  const records = streams.reduce((sum, stream) => sum + stream.records, 0);
  const text = [
    records === 0
      ? `Run ${run_id} has changed no record that could be given back, or all of them have been.`
      : `Run ${run_id} has changed ${counted(records, 'record')} that existed before.`,
    fields.length === 0 ? '' : table(['stream', 'field', 'can be restored', 'former value not known'], fields),
    keptText(created, created_unfinished),
    records === 0 ? '' : table(['calls', 'at most'], Object.entries(calls)),
    records === 0
      ? ''
      : 'Nothing was sent. With --apply, each record is read, and gets back what still is as the run has left it.',
  ];
  return { text: text.filter((part) => part !== '').join('\n\n'), json: [{ ...plan, created, created_unfinished }] };
}

function keptText(created: number, unfinished: number): string {
  if (created + unfinished === 0) return '';
  const all = (created + unfinished).toLocaleString('en-US');
  const open = unfinished === 0 ? '' : `, ${unfinished.toLocaleString('en-US')} of them unfinished`;
  return `It has also created ${all}${open}. They stay: there is no way to delete them.`;
}
