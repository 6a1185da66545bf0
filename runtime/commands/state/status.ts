import { messageOf, TransientFailure } from '../../contract/failure.ts';
import { OUTCOME_STATUSES } from '../../contract/outcome.ts';
import { type StateAt, stateFile } from '../../contract/state-config.ts';
import type { WorkOptions } from '../../duckdb/work-database.ts';
import { number } from '../../facts/number-text.ts';
import { duration } from '../../listeners/run-view.ts';
import { type LiveRun, liveRunOf } from '../../state/file/live-run.ts';
import { lookInto } from '../../state/file/look.ts';
import { leasedRuns } from '../../state/runs/leased-runs.ts';
import { pastRuns } from '../../state/runs/past-runs.ts';
import { table } from '../../text/present.ts';
import type { Said } from '../shared/said.ts';

type PastRun = Awaited<ReturnType<typeof pastRuns>>[number];

/**
 * Whether a run goes on over a state store, and where it is. The store itself is looked into only when none does: whoever
 * has it open would keep a run from beginning. Throws ConfigFailure where there is no store.
 */
export async function statusOf(at: StateAt, now: number, options: WorkOptions): Promise<Said> {
  const file = stateFile(at);
  const live = file === undefined ? undefined : liveRunOf(file, now);
  if (live !== undefined && live.liveness !== 'killed') return liveSaid(live.run, live.liveness, now);
  try {
    const { leased, last } = await lookInto(at, options, async (store) => ({
      leased: await leasedRuns(at, store),
      last: (await pastRuns(store, 1))[0],
    }));
    return leased.length > 0 ? leasedSaid(leased) : endedSaid(last, live?.run);
  } catch (error) {
    if (!(error instanceof TransientFailure) || error.code !== 'state_in_use') throw error;
    // Another command, or a run that has not said anything yet.
    return { text: messageOf(error), json: [{ type: 'run_status', state: 'in_use', message: messageOf(error) }] };
  }
}

function liveSaid(run: LiveRun, liveness: NonNullable<ReturnType<typeof liveRunOf>>['liveness'], now: number): Said {
  const { run_id, pid, host, started_at, at, is_stopping, streams, calls, waits } = run;
  const heard = duration(now - Date.parse(at));
  const where = `process ${pid} on ${host}, since ${started_at}`;
  const first =
    liveness === 'silent'
      ? `Run ${run_id} was not heard of for ${heard} (${where}). It is suspended, or its machine has gone; what it has confirmed is kept.`
      : `Run ${run_id} ${is_stopping ? 'is stopping' : 'goes on'} (${where}); ${heard} ago:`;
  const sent = Object.entries(calls).map(([request, count]) => `${request}: ${number(count)}`);
  const paragraphs = [
    first,
    streamsTable(streams),
    waits.map(({ message }) => message).join('\n'),
    sent.length === 0 ? '' : `Calls: ${sent.join(', ')}.`,
  ];
  const text = paragraphs.filter((paragraph) => paragraph !== '').join('\n\n');
  return { text, json: [{ type: 'run_status', state: is_stopping ? 'stopping' : liveness, ...run }] };
}

/** Of runs on other machines it is known what they have, and not how far they are. */
function leasedSaid(runs: Awaited<ReturnType<typeof leasedRuns>>): Said {
  const lines = runs.map(
    ({ run_id, holder, since, streams }) => `Run ${run_id} goes on (${holder}, since ${since}): ${streams.join(', ')}.`,
  );
  return { text: lines.join('\n'), json: runs.map((run) => ({ type: 'run_status', state: 'running', ...run })) };
}

function streamsTable(streams: LiveRun['streams']): string {
  const shown = OUTCOME_STATUSES.filter((status) => streams.some((stream) => (stream[status] ?? 0) > 0));
  const rows = streams.map((stream) => [
    stream.name,
    stream.eta_seconds === null ? '' : duration(stream.eta_seconds * 1000),
    stream.done,
    stream.total ?? '?',
    ...shown.map((status) => stream[status] ?? 0),
  ]);
  return rows.length === 0 ? '' : table(['stream', 'to go', 'done', 'of', ...shown], rows);
}

function endedSaid(last: PastRun | undefined, killed: LiveRun | undefined): Said {
  const lost =
    killed === undefined
      ? []
      : [
          `Run ${killed.run_id} was killed: its process ${killed.pid} on ${killed.host} is gone, last heard of at ${killed.at}. ` +
            'What it has confirmed is kept; run again.',
        ];
  const ended =
    last === undefined
      ? ['No run yet.']
      : killed?.run_id === last.run_id
        ? []
        : [`The last one, ${last.run_id}, was begun at ${last.started_at}: ${last.status}.`];
  const json = { type: 'run_status', state: killed ? 'killed' : 'idle', ...killed, last_run: last ?? null };
  return { text: ['No run goes on.', ...lost, ...ended].join('\n'), json: [json] };
}
