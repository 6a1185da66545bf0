import {
  limitOf,
  type ObservedWindow,
  openedAt,
  shareOf,
  type WindowLimit,
  type WindowState,
} from '../contract/rate-limit-window.ts';

/** What was known of a window when a request was sent. */
interface Mark {
  readonly generation: number;
  readonly reported: number;
  readonly unsure: number;
}

/** Why a request may not be sent now: the window is spent until a time, or until requests in flight are answered. */
type Blocked = { readonly until: number } | 'in-flight';

/**
 * A mirror of one window at the server. It never reopens before the server's does: that one opened when the first
 * request arrived, some time before its answer did, so ours counts as closed one period after the first answer.
 */
export class WindowMirror {
  readonly name: string;
  readonly #periodMs: number;
  #limit: WindowLimit;
  /** Grows each time the window reopens, and tells answers to requests of before from those of after. */
  #generation = 0;
  /** At least as many as the server counts, requests in flight aside. */
  #used = 0;
  /** The highest count the server has reported in this generation. */
  #reported = 0;
  /** The earliest time at which the server can have opened the window, and the latest, as answers prove it. */
  #earliest: number | undefined;
  #latest: number | undefined;
  /** The latest opening while only requests that may or may not have been counted speak for one. */
  #presumed: number | undefined;
  /** Requests of this generation that ended without a count; one reported to a request sent later includes them. */
  #unsure = 0;
  /** Requests that may have been counted in the server's next window already. */
  #late = 0;

  constructor(limit: WindowLimit) {
    this.name = limit.name;
    this.#periodMs = limit.periodMs;
    this.#limit = limit;
  }

  /** Requests a period; 0 means no limit. */
  get limit(): number {
    return limitOf(this.#limit);
  }

  /** The time from which the server's window has surely closed; undefined while none is open. */
  get closesAt(): number | undefined {
    const opened = this.#latest ?? this.#presumed;
    return opened === undefined ? undefined : opened + this.#periodMs;
  }

  /** The window, with the limit that was last said. */
  get known(): WindowLimit {
    return this.#limit;
  }

  /** Others have used what is left of it: it closes then, and no later than it can. */
  spentUntil(time: number, now: number): void {
    this.#used = Math.max(this.#used, this.limit);
    this.#latest = Math.min(time, now + this.#periodMs) - this.#periodMs;
    this.#earliest ??= this.#latest;
  }

  /** To be called with the present time before anything else is asked or noted. */
  passTo(now: number, inFlight: number): void {
    if (this.closesAt !== undefined && now >= this.closesAt) this.#reopen(now, inFlight);
  }

  /** A share of the limit, in percent, may be kept for others; at least one request is always ours. */
  blocked(inFlight: number, reservePercent: number): Blocked | undefined {
    const share = shareOf(this.#limit, reservePercent);
    if (share === 0) return undefined;
    if (this.#used >= share && this.closesAt !== undefined) return { until: this.closesAt };
    return this.#used + inFlight >= share ? 'in-flight' : undefined;
  }

  sent(now: number): Mark {
    this.#earliest ??= now;
    return { generation: this.#generation, reported: this.#reported, unsure: this.#unsure };
  }

  /** The server has counted the request. `inFlight` no longer includes it. */
  answered(mark: Mark, observed: ObservedWindow | undefined, now: number, inFlight: number): void {
    this.#learn(observed);
    if (observed?.used !== undefined) this.#observed(mark, Math.max(1, observed.used), now, inFlight);
    else {
      this.#assume(now);
      this.#latest ??= now;
    }
  }

  /** The server has turned the request away, and not counted it. */
  refused(mark: Mark, observed: ObservedWindow | undefined, now: number, inFlight: number): void {
    this.#learn(observed);
    if (observed?.used !== undefined && observed.used > 0) this.#observed(mark, observed.used, now, inFlight);
  }

  /** The request may not have arrived: it counts, but says nothing about when the window opened. */
  lost(now: number): void {
    this.#assume(now);
    this.#presumed = now;
  }

  /** The server says when it will have room: that is when a spent window closes, if we thought later. */
  closesBy(time: number): void {
    const { closesAt } = this;
    if (this.limit > 0 && this.#used >= this.limit && closesAt !== undefined && time < closesAt) {
      this.#latest = time - this.#periodMs;
    }
  }

  used(inFlight: number): number {
    return this.#used + inFlight;
  }

  state(now: number, inFlight: number): WindowState {
    const used = this.used(inFlight);
    const closesAt = this.closesAt ?? (used > 0 ? now + this.#periodMs : undefined);
    return { name: this.name, limit: this.#limit.limit, used, ...(closesAt !== undefined && { closesAt }) };
  }

  restore(kept: WindowState, now: number): void {
    const { limit } = kept;
    if (Number.isFinite(limit) && limit >= 0) this.#limit = { ...this.#limit, limit };
    const { used, closesAt } = openedAt(kept, now);
    if (closesAt === undefined || !Number.isFinite(used)) return;
    this.#used = used;
    // None that is open closes later than a period from now, whatever the clock of an earlier run said.
    this.#latest = Math.min(closesAt, now + this.#periodMs) - this.#periodMs;
    this.#earliest = this.#latest;
  }

  #learn(observed: ObservedWindow | undefined): void {
    if (observed?.limit !== undefined) this.#limit = { ...this.#limit, limit: observed.limit };
  }

  #observed(mark: Mark, used: number, now: number, inFlight: number): void {
    if (mark.generation !== this.#generation) this.#reportedLate(mark, used, now, inFlight);
    // Below a count that was reported before this request was sent: the server's window has reopened since.
    else if (used < mark.reported) this.#reopenAs(used, this.#unsure - mark.unsure, now, inFlight);
    else {
      this.#countLate(used, now, inFlight);
      this.#count(used, this.#unsure - mark.unsure, now);
    }
  }

  #assume(now: number): void {
    this.#used++;
    this.#unsure++;
    if (this.#mayHaveReopened(now)) this.#late++;
  }

  #count(used: number, notIncluded: number, now: number): void {
    this.#used = Math.max(this.#used, used + notIncluded);
    this.#reported = Math.max(this.#reported, used);
    this.#latest ??= now;
  }

  #reopenAs(used: number, notIncluded: number, now: number, inFlight: number): void {
    const late = this.#late + 1;
    this.#reopen(now, inFlight);
    this.#used = late;
    this.#count(used, notIncluded, now);
  }

  #reopen(now: number, inFlight: number): void {
    // What was in flight may have opened the server's next window before anything else is sent.
    const early = inFlight > 0 || this.#late > 0;
    this.#earliest = early && this.#earliest !== undefined ? this.#earliest + this.#periodMs : undefined;
    this.#presumed = this.#late > 0 ? now : undefined;
    this.#latest = undefined;
    this.#used = this.#late;
    this.#reported = 0;
    this.#unsure = 0;
    this.#late = 0;
    this.#generation++;
  }

  /** An answer to a request that was sent before this window reopened: it was counted before that, or after. */
  #reportedLate(mark: Mark, used: number, now: number, inFlight: number): void {
    if (used < mark.reported) this.#count(used, this.#unsure, now);
    else if (used <= this.#used + inFlight + 1) {
      this.#used = Math.max(this.#used, used + this.#unsure);
      this.#presumed = now;
    }
  }

  /** Counted at a time when the server's window may have reopened; too high a count shows that it has not. */
  #countLate(used: number, now: number, inFlight: number): void {
    if (this.#mayHaveReopened(now) && used <= this.#late + inFlight + 1) this.#late++;
  }

  #mayHaveReopened(now: number): boolean {
    return this.#earliest !== undefined && now >= this.#earliest + this.#periodMs;
  }
}
