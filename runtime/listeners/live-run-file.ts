import { type LiveRun, type LiveStream, removeLiveRun, thisProcess, writeLiveRun } from '../state/live-run.ts';
import type { Happening, Observer } from './observer.ts';
import { RunView, type StreamView } from './run-view.ts';

/** Keeps a small file beside the state store that says where the run is, for as long as it goes on. */
export class LiveRunFile implements Observer {
  readonly name = 'status';
  readonly #view = new RunView();
  readonly #process = thisProcess();
  #about: { readonly runId: string; readonly path: string; readonly startedAt: number } | undefined;
  #calls: Readonly<Record<string, number>> = {};
  #isStopping = false;

  see(happening: Happening, at: number): void {
    this.#view.see(happening, at);
    if (happening.type === 'started' && happening.state !== undefined) {
      this.#about = { runId: happening.runId, path: happening.state, startedAt: at };
    }
    if (happening.type === 'progress') this.#calls = happening.calls;
    if (happening.type === 'stopping') this.#isStopping = true;
    // A tick comes every second: nobody needs it more often.
    if (happening.type === 'tick' && this.#about) writeLiveRun(this.#about.path, this.#live(this.#about, at));
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

const liveStream = ({ name, report, isActive, ...view }: StreamView): LiveStream => ({
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
