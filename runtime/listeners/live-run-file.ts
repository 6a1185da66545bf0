import { type LiveRun, removeLiveRun, thisProcess, writeLiveRun } from '../state/file/live-run.ts';
import type { Listener, ListenerEvent } from './listener.ts';
import { RunView, type StreamView } from './run-view.ts';

/** Keeps a small file beside the state store that says where the run is, for as long as it goes on. */
export class LiveRunFile implements Listener {
  readonly name = 'status';
  readonly #view = new RunView();
  readonly #process = thisProcess();
  #about: { readonly runId: string; readonly path: string; readonly startedAt: number } | undefined;
  #calls: Readonly<Record<string, number>> = {};
  #isStopping = false;

  on(event: ListenerEvent, at: number): void {
    this.#view.on(event, at);
    if (event.type === 'started' && event.state !== undefined) {
      this.#about = { runId: event.runId, path: event.state, startedAt: at };
    }
    if (event.type === 'progress') this.#calls = event.calls;
    if (event.type === 'stopping') this.#isStopping = true;
    // A tick comes every second, which is often enough.
    if (event.type === 'tick' && this.#about) writeLiveRun(this.#about.path, this.#live(this.#about, at));
  }

  async close(): Promise<void> {
    if (this.#about) removeLiveRun(this.#about.path, this.#about.runId);
  }

  #live({ runId, startedAt }: { readonly runId: string; readonly startedAt: number }, at: number): LiveRun {
    return {
      run_id: runId,
      ...this.#process,
      started_at: new Date(startedAt).toISOString(),
      at: new Date(at).toISOString(),
      is_stopping: this.#isStopping,
      streams: this.#view.streams(at).map(liveStream),
      calls: this.#calls,
      waits: this.#view.waits(at).map(({ message, untilMs }) => ({ message, until: new Date(untilMs).toISOString() })),
    };
  }
}

const liveStream = ({ name, report, isActive, ...view }: StreamView): LiveRun['streams'][number] => ({
  ...report,
  name,
  is_active: isActive,
  ...doneOf(view, report),
});

/** How far a stream is, in numbers; null for what is not known. */
export const doneOf = (
  { total, toGoMs }: Pick<StreamView, 'total' | 'toGoMs'>,
  report: { readonly read: number } | undefined,
) => ({
  total: total ?? null,
  done: report?.read ?? 0,
  eta_seconds: toGoMs === undefined ? null : Math.ceil(toGoMs / 1000),
});
