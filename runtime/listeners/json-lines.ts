import type { Listener, ListenerEvent } from './listener.ts';
import { doneOf } from './live-run-file.ts';
import { type Pace, plainLine } from './plain-lines.ts';
import { progressLine } from './progress-line.ts';
import { RunView } from './run-view.ts';

/** Tells a run as JSON objects, one a line, for what collects logs. */
export class JsonLines implements Listener {
  readonly name = 'log';
  readonly #write: (line: string) => Promise<void>;
  readonly #pace: Pace;
  readonly #view = new RunView();
  #runId: string | undefined;
  #printedAt: number | undefined;

  constructor(write: (line: string) => Promise<void>, pace: Pace) {
    this.#write = write;
    this.#pace = pace;
  }

  async on(event: ListenerEvent, at: number): Promise<void> {
    this.#printedAt ??= at;
    this.#view.on(event, at);
    if (event.type === 'started') this.#runId = event.runId;
    const entry = this.#entry(event) ?? this.#progress(at);
    if (entry === undefined) return;
    const run = this.#runId === undefined ? {} : { run_id: this.#runId };
    await this.#write(JSON.stringify({ at: new Date(at).toISOString(), ...entry, ...run }));
  }

  #entry(event: ListenerEvent): object | undefined {
    const { verbosity } = this.#pace;
    const message = plainLine(event, verbosity);
    switch (event.type) {
      case 'started':
        if (verbosity === 'quiet') return undefined;
        return {
          level: 'info',
          event: 'started',
          message: `Reads from ${event.source}.`,
          streams: event.streams,
        };
      case 'finished': {
        const { summary, exitCode, stack } = event;
        const isFailure = summary.error !== undefined || summary.status === 'rejected';
        if (verbosity === 'quiet' && !isFailure) return undefined;
        const said = summary.error ?? `The run ended: ${summary.status}.`;
        const { status, retry_at } = summary;
        return {
          level: isFailure ? 'error' : 'info',
          event: 'finished',
          message: said,
          code: summary.error_code,
          status,
          exit_code: exitCode,
          retry_at,
          stack,
        };
      }
      case 'refused':
        return {
          level: 'error',
          event: 'refused',
          message: event.message,
          code: event.code,
          exit_code: event.exitCode,
          stack: event.stack,
        };
      case 'warning':
        return message === undefined
          ? undefined
          : { level: 'warning', event: 'warning', message: event.message, code: event.code };
      case 'waiting':
        return message === undefined
          ? undefined
          : { level: 'info', event: 'waiting', message, until: new Date(event.untilMs).toISOString() };
      case 'stopping':
        return message === undefined ? undefined : { level: 'info', event: 'stopping', message, signal: event.signal };
      case 'called': {
        const { request, status, ms, attempt, records } = event.call;
        return message === undefined
          ? undefined
          : { level: 'debug', event: 'called', message, request, status: status ?? null, ms, attempt, records };
      }
      default:
        return undefined;
    }
  }

  #progress(at: number): object | undefined {
    const { verbosity, progressEveryMs } = this.#pace;
    if (verbosity === 'quiet' || at - this.#printedAt! < progressEveryMs) return undefined;
    const message = progressLine(this.#view, at);
    if (message === undefined) return undefined;
    this.#printedAt = at;
    const active = this.#view.active(at);
    const quota = this.#view.quota.binding(at);
    return {
      level: 'info',
      event: 'progress',
      message,
      ...(active?.report && { stream: active.report, calls: active.calls }),
      ...(active?.report && doneOf(active, active.report)),
      ...(quota && { quota }),
    };
  }
}
