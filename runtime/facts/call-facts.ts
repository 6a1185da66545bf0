import type { SentCall } from '../contract/destination.ts';
import { CallTally, type FieldCost } from './costs.ts';
import { type Pause, Pauses } from './pauses.ts';
import { added, type Series, TimeSeries } from './time-series.ts';
import { WindowReplay } from './window-replay.ts';

/** What the requests to one endpoint came to. */
interface CallTotals {
  readonly request: string;
  readonly calls: number;
  readonly records: number;
  /** Half of the answers took no longer, to a tenth. */
  readonly medianMs: number;
  /** As much, of 95 of 100. */
  readonly p95Ms: number;
  /** Requests that had been sent before. */
  readonly again: number;
  readonly rateLimited: number;
  /** Answers with 408 or 5xx. */
  readonly errors: number;
  readonly unanswered: number;
}

/** One request, as far as a page shows it. */
type SlowCall = Pick<SentCall, 'request' | 'status' | 'startedAt' | 'ms' | 'attempt' | 'records'>;

/** What is known of the requests of a run. */
export interface ReportedCalls {
  /** By request, the most frequent first. */
  readonly totals: readonly CallTotals[];
  readonly overTime: Series;
  /** Times in which no request was under way: the run waited. */
  readonly waits: readonly Pause[];
  /** By action and window, `contacts/bulk_create minute`: requests of this run in the window that was open. */
  readonly windows: ReturnType<WindowReplay['until']>;
  readonly slowest: readonly SlowCall[];
  /** What each field costs, the dearest first. */
  readonly costs: readonly FieldCost[];
}

const slowestShown = 10;
const costsShown = 15;

/** Gathers what a page says of the requests of a run, one after another, in memory that does not grow with them. */
export class CallFacts {
  readonly #startedAt: number;
  readonly #overTime: TimeSeries;
  readonly #windows: WindowReplay;
  readonly #tallies = new Map<string, Tally>();
  readonly #costs = new CallTally();
  readonly #pauses = new Pauses();
  #slowest: SlowCall[] = [];

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    this.#overTime = new TimeSeries(startedAt, added);
    this.#windows = new WindowReplay(startedAt);
  }

  /** A request from before the run counts for the windows that it may have opened, and for nothing else. */
  add(call: SentCall): void {
    const { request, status, startedAt, ms, attempt, records } = call;
    this.#windows.add(call);
    if (startedAt < this.#startedAt) return;
    const tally = this.#tallies.get(request) ?? new Tally(request);
    this.#tallies.set(request, tally);
    tally.add(call);
    this.#pauses.add(call);
    this.#costs.add(request, call.fields);
    this.#overTime.add(request, startedAt, 1);
    if (this.#slowest.length === slowestShown && ms <= this.#slowest.at(-1)!.ms) return;
    const slow = { request, startedAt, ms, attempt, ...(status !== undefined && { status }) };
    this.#slowest.push({ ...slow, ...(records !== undefined && { records }) });
    this.#slowest = this.#slowest.sort((a, b) => b.ms - a.ms).slice(0, slowestShown);
  }

  /** What there is to say of them when the run has ended. */
  until(at: number): ReportedCalls {
    return {
      totals: [...this.#tallies.values()].map((tally) => tally.totals).sort((a, b) => b.calls - a.calls),
      overTime: this.#overTime.until(at),
      waits: this.#pauses.all,
      windows: this.#windows.until(at),
      slowest: this.#slowest,
      costs: this.#costs.costs.slice(0, costsShown),
    };
  }
}

// A tenth more each: close enough to tell slow from fast, and some hundred numbers whatever a run does.
const growth = 1.1;

/** Counts the requests to one endpoint. */
class Tally {
  readonly #request: string;
  readonly #times = new Map<number, number>();
  #calls = 0;
  #records = 0;
  #again = 0;
  #rateLimited = 0;
  #errors = 0;
  #unanswered = 0;

  constructor(request: string) {
    this.#request = request;
  }

  add({ status, ms, attempt, records = 0 }: SentCall): void {
    this.#calls++;
    this.#records += records;
    if (attempt > 1) this.#again++;
    if (status === 429) this.#rateLimited++;
    if (status === 408 || (status ?? 0) >= 500) this.#errors++;
    if (status === undefined) this.#unanswered++;
    const time = Math.round(Math.log(Math.max(1, ms)) / Math.log(growth));
    this.#times.set(time, (this.#times.get(time) ?? 0) + 1);
  }

  get totals(): CallTotals {
    return {
      request: this.#request,
      calls: this.#calls,
      records: this.#records,
      medianMs: this.#time(0.5),
      p95Ms: this.#time(0.95),
      again: this.#again,
      rateLimited: this.#rateLimited,
      errors: this.#errors,
      unanswered: this.#unanswered,
    };
  }

  #time(share: number): number {
    let counted = 0;
    for (const [time, count] of [...this.#times].sort(([a], [b]) => a - b)) {
      counted += count;
      if (counted >= share * this.#calls) return Math.round(growth ** time);
    }
    return 0;
  }
}
