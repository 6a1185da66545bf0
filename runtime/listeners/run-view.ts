import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import { number } from '../facts/number-text.ts';
import { Quota } from '../facts/quota.ts';
import type { StreamReport } from '../facts/report.ts';
import type { ListenerEvent, Progress } from './listener.ts';

/** How far a stream is, as it is shown while the run goes on. */
export interface StreamView {
  readonly name: string;
  /** Undefined until the first of its rows is done. */
  readonly report: StreamReport | undefined;
  readonly total: number | undefined;
  /** Requests since the stream began. */
  readonly calls: number;
  readonly isActive: boolean;
  /** Milliseconds until its end at the pace so far, and no less than waits and windows allow; undefined where unknown. */
  readonly toGoMs: number | undefined;
}

interface Wait {
  readonly message: string;
  readonly untilMs: number;
}

interface Seen {
  readonly progress: Progress;
  /** Where it was when it was first heard of: what need not be read, and what is staged, says nothing of the pace. */
  readonly first: { readonly at: number; readonly read: number; readonly calls: Readonly<Record<string, number>> };
  readonly callsBefore: number;
}

/** Gathers what is known of a run that goes on. */
export class RunView {
  readonly quota = new Quota();
  #names: string[] = [];
  readonly #seen = new Map<string, Seen>();
  readonly #waits = new Map<string, Wait>();
  #active: string | undefined;
  #calls = 0;

  on(event: ListenerEvent, at: number): void {
    if (event.type === 'started') {
      this.#names = event.streams.map(({ name }) => name);
    }
    if (event.type === 'progress') this.#progress(event, at);
    if (event.type === 'called') this.quota.add(event.call, at);
    // A request that waits again says so again: its first words tell which it is.
    if (event.type === 'waiting') this.#waits.set(event.message.split(' waits ')[0]!, event);
    if (event.type === 'finished' || event.type === 'refused') {
      this.#active = undefined;
      this.#waits.clear();
    }
  }

  /** The waits that are not over, the longest first. */
  waits(at: number): readonly Wait[] {
    return [...this.#waits.values()].filter(({ untilMs }) => untilMs > at).sort((a, b) => b.untilMs - a.untilMs);
  }

  streams(at: number): readonly StreamView[] {
    return this.#names.map((name) => this.#stream(name, at));
  }

  /** The stream whose rows are being written. */
  active(at: number): StreamView | undefined {
    return this.#active === undefined ? undefined : this.#stream(this.#active, at);
  }

  #progress({ stream, calls, total, quota }: Progress, at: number): void {
    const { name } = stream;
    if (quota) this.quota.hold(quota);
    if (!this.#names.includes(name)) this.#names.push(name);
    const first = { at, read: stream.read, calls: { ...calls } };
    const before = this.#seen.get(name) ?? { first, callsBefore: this.#calls };
    this.#seen.set(name, { ...before, progress: { stream, calls, ...(total !== undefined && { total }) } });
    this.#active = name;
    this.#calls = Object.values(calls).reduce((sum, count) => sum + count, 0);
  }

  #stream(name: string, at: number): StreamView {
    const seen = this.#seen.get(name);
    const isActive = this.#active === name;
    const calls = Object.values(seen?.progress.calls ?? {}).reduce((sum, count) => sum + count, 0);
    return {
      name,
      report: seen?.progress.stream,
      total: seen?.progress.total,
      calls: seen === undefined ? 0 : calls - seen.callsBefore,
      isActive,
      toGoMs: isActive ? this.#toGoMs(seen!, at) : undefined,
    };
  }

  #toGoMs({ progress: { stream, calls, total }, first }: Seen, at: number): number | undefined {
    if (total === undefined) return undefined;
    const left = Math.max(0, total - stream.read);
    if (left === 0) return 0;
    const done = stream.read - first.read;
    if (done <= 0) return undefined;
    const waitMs = (this.waits(at)[0]?.untilMs ?? at) - at;
    const windowsMs = Object.entries(calls).map(([request, count]) =>
      this.quota.leastMs(request, Math.ceil(((count - (first.calls[request] ?? 0)) / done) * left), at),
    );
    return Math.max(((at - first.at) / done) * left, waitMs, ...windowsMs);
  }
}

/** The outcomes that occurred, in the order of every summary: `8,000 created`. */
export const outcomeCounts = (report: StreamReport): readonly string[] =>
  OUTCOME_STATUSES.filter((status) => report[status] > 0).map(
    (status) => `${number(report[status])} ${status}${status === 'deferred' ? unfinishedText(report) : ''}`,
  );

const unfinishedText = ({ deferred_in_apollo: rows }: StreamReport): string =>
  rows > 0 ? ` (${number(rows)} created, unfinished)` : '';

/** A length of time in its one or two largest units: `2 h 5 min`, `3 min 10 s`, `8 s`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours > 0) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  if (minutes > 0) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}
