import type { Listener, ListenerEvent } from './listener.ts';
import { doneOf } from './live-run-file.ts';
import { PacedProgress } from './paced-progress.ts';
import { type Pace, plainLine } from './plain-lines.ts';

/** Tells a run as JSON objects, one a line, for what collects logs. */
export class JsonLines implements Listener {
  readonly name = 'log';
  readonly #write: (line: string) => Promise<void>;
  readonly #pace: Pace;
  readonly #progress: PacedProgress;
  #runId: string | undefined;

  constructor(write: (line: string) => Promise<void>, pace: Pace) {
    this.#write = write;
    this.#pace = pace;
    this.#progress = new PacedProgress(pace);
  }

  async on(event: ListenerEvent, at: number): Promise<void> {
    this.#progress.on(event, at);
    if (event.type === 'started') this.#runId = event.runId;
    const entry = this.#entry(event) ?? this.#progressEntry(at);
    if (entry === undefined) return;
    const run = this.#runId === undefined ? {} : { run_id: this.#runId };
    await this.#write(JSON.stringify({ at: new Date(at).toISOString(), ...entry, ...run }));
  }

  #entry(event: ListenerEvent): object | undefined {
    const { verbosity } = this.#pace;
    if (event.type === 'started') return verbosity === 'quiet' ? undefined : startedEntry(event);
    if (event.type === 'finished') return verbosity === 'quiet' && !isFailure(event) ? undefined : finishedEntry(event);
    if (event.type === 'refused') return refusedEntry(event);
    const message = plainLine(event, verbosity);
    return message === undefined ? undefined : lineEntry(event, message);
  }

  #progressEntry(at: number): object | undefined {
    const message = this.#progress.line(at);
    if (message === undefined) return undefined;
    const active = this.#progress.view.active(at);
    const quota = this.#progress.view.quota.binding(at);
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

type Of<T extends ListenerEvent['type']> = Extract<ListenerEvent, { type: T }>;

const startedEntry = ({ source, streams }: Of<'started'>) => ({
  level: 'info',
  event: 'started',
  message: `Reads from ${source}.`,
  streams,
});

const isFailure = ({ summary }: Of<'finished'>): boolean =>
  summary.error !== undefined || summary.status === 'rejected';

function finishedEntry(event: Of<'finished'>) {
  const { error, error_code: code, status, retry_at } = event.summary;
  return {
    level: isFailure(event) ? 'error' : 'info',
    event: 'finished',
    message: error ?? `The run ended: ${status}.`,
    code,
    status,
    exit_code: event.exitCode,
    retry_at,
    stack: event.stack,
  };
}

const refusedEntry = ({ message, code, exitCode, stack }: Of<'refused'>) => ({
  level: 'error',
  event: 'refused',
  message,
  code,
  exit_code: exitCode,
  stack,
});

/** The entry of an event that plain text has one line for. */
function lineEntry(event: ListenerEvent, message: string): object | undefined {
  switch (event.type) {
    case 'warning':
      return { level: 'warning', event: 'warning', message: event.message, code: event.code };
    case 'waiting':
      return { level: 'info', event: 'waiting', message, until: new Date(event.untilMs).toISOString() };
    case 'stopping':
      return { level: 'info', event: 'stopping', message, signal: event.signal };
    case 'called': {
      const { request, status, ms, attempt, records } = event.call;
      return { level: 'debug', event: 'called', message, request, status: status ?? null, ms, attempt, records };
    }
    default:
      return undefined;
  }
}
