import type { Clock } from '../../contract/clock.ts';
import type { ObservedWindow, WindowLimit } from '../../contract/rate-limit-window.ts';
import { identifier } from '../../duckdb/sql.ts';
import type { ServerClient } from './client.ts';

/** Whose blocks these are. */
export interface Owner {
  readonly schema: string;
  /** Of its leases: while it has them, what it has taken is its own. */
  readonly token: string;
}

/** What an answer said of a window, and what that means for all who share it. */
export interface Observed extends ObservedWindow {
  /** So many of those that were taken before its block was were never sent, and will not be. */
  readonly surplus?: number;
}

/** A window that a block counts in. */
export interface WindowState {
  readonly name: string;
  readonly limit: number;
  readonly used: number;
  /** Of these, requests that the server may not have counted when the block was taken: runs that go on had them, or have just begun. */
  readonly unknown: number;
  /** How often the count had been lowered by then. */
  readonly lowered: number;
  /** Which opening of the window it is; milliseconds since the epoch, by the clock of the database. */
  readonly opening: string;
  /** No request is sent in it from then on: never, where it has no limit. */
  readonly usableUntil: number;
  /** An answer has shown that it is open. */
  isConfirmed: boolean;
  /** An answer to a request of the block has lowered the count. */
  isLowered: boolean;
}

type Taken = (
  | { readonly count: number; readonly windows: ReadonlyMap<string, WindowState> }
  | { readonly until: number; readonly reason: string }
) & {
  /** Of this run nothing was known: it has taken nothing before, or others have forgotten what it had. */
  readonly isNew: boolean;
};

/** Until an answer tells that a window is open, it may open so much later than the first request was taken. */
const slackMs = 5_000;

/** How far the clock of the database is ahead of this machine's, in milliseconds: so far at least, and so far at most. */
interface Skew {
  readonly least: number;
  readonly most: number;
}

/** As exact as the skew is to be, and how often it is asked for at most: an answer that came late says little. */
const exactMs = 50;
const maxAsked = 5;

/** Clocks drift apart while a run goes on: a window is left closed for so much longer. */
const driftMs = 250;

/** A request that is sent as a window closes may arrive in the next one: none is, so long before a window can close. */
const marginMs = 1_000;

/** The rows of rate-limit windows, and the statements that change them. All of an action are locked, in one order. */
export class WindowRows {
  readonly #client: ServerClient;
  readonly #table: string;
  readonly #leases: string;
  readonly #token: string;
  readonly #clock: Clock;
  readonly #made = new Set<string>();
  #skew: Skew | undefined;

  constructor(client: ServerClient, { schema, token }: Owner, clock: Clock) {
    this.#client = client;
    this.#table = `${identifier(schema)}.windows`;
    this.#leases = `${identifier(schema)}.leases`;
    this.#token = token;
    this.#clock = clock;
  }

  /**
   * Takes up to `count` requests from all windows at once; where an eighth of what is left is less, that, and at least one. A
   * window that has closed opens with them. What has no limit is never about to close: no run waits for it.
   *
   * Each row says who has taken requests whose answers are not known: so many, and when. Those of a run that has lost its leases are
   * forgotten; how many of them were sent, the count of the next answer shows. `underWay`: requests of this run that have leave.
   */
  async take(
    action: string,
    windows: readonly WindowLimit[],
    {
      count,
      reservePercent,
      underWay,
    }: { readonly count: number; readonly reservePercent: number; readonly underWay: number },
  ): Promise<Taken> {
    const now = await this.#now('least');
    await this.#make(action, windows);
    const rows = await this.#client.rows(this.#takeSql, [
      action,
      now,
      windows.map(({ name }) => name),
      windows.map(({ periodMs }) => periodMs),
      windows.map(({ ceiling = 0 }) => ceiling),
      reservePercent,
      count,
      this.#token,
      underWay,
    ]);
    const granted = Number(rows[0]?.['count'] ?? 0);
    const isNew = rows.some((row) => row['was_known'] !== true);
    if (granted === 0) return { ...this.#refusal(rows, now), isNew };
    return { count: granted, isNew, windows: new Map(rows.map((row) => [String(row['name']), this.#stateOf(row)])) };
  }

  /**
   * $1 the action, $2 the time by the clock of the database, $3 to $5 the windows: names, periods in ms, ceilings; $6 the percentage that is
   * left to others, $7 how many are wanted, $8 the token of this run, $9 its requests that have leave.
   */
  get #takeSql(): string {
    return `with asked as (
       select * from unnest($3::text[], $4::bigint[], $5::bigint[]) as asked(name, period_ms, ceiling)),
     locked as (
       select * from ${this.#table} where action = $1 and window_name = any($3) order by window_name for update),
     state as (
       select locked.*, period_ms, coalesce(closes_at <= ${at('$2')}, true) as is_closed,
         case when limit_count = 0 or ceiling = 0 then greatest(limit_count, ceiling) else least(limit_count, ceiling) end as most
       from locked join asked on name = window_name),
     room as (
       select *, case when most = 0 then 1000000000 else greatest(1, most * (100 - $6::numeric) / 100)::bigint end
         - case when is_closed then 0 else used_count end as room
       from (select *, most > 0 and not is_closed and opened_at <= ${at(`$2 + ${marginMs} - period_ms`)} as is_closing from state) as state),
     granted as (
       select case when max(paused_until) > ${at('$2')} then 0
         else least($7::bigint, min(case when room <= 0 or is_closing then 0 else greatest(1, room / 8) end)) end as count from room),
     others as (
       select window_name, jsonb_object_agg(token, block) as blocks, sum((block ->> 0)::bigint) as unknown
       from room cross join jsonb_each(coalesce(blocks, '{}')::jsonb) as taken(token, block)
       where token <> $8 and ((block ->> 1)::float8 > ${ms(databaseNow)} - ${lostAfterMs}
         or exists (select from ${this.#leases} as lease where lease.token = taken.token and expires_at > ${databaseNow}))
       group by window_name),
     raised as (
       update ${this.#table} as one set
         used_count = case when is_closed and count > 0 then 0 else room.used_count end + count,
         opened_at = case when is_closed and count > 0 then ${at('$2')} else room.opened_at end,
         closes_at = case when is_closed and count > 0 then ${at(`$2 + period_ms + ${slackMs}`)} else room.closes_at end,
         is_confirmed = room.is_confirmed and not (is_closed and count > 0),
         blocks = (coalesce(others.blocks, '{}') || case when count + $9 = 0 then '{}'
           else jsonb_build_object($8::text, jsonb_build_array(count + $9, ${ms(databaseNow)})) end)::text
       from granted, room left join others using (window_name) where one.action = $1 and one.window_name = room.window_name
       returning one.*, coalesce(unknown, 0) + count + $9 as unknown)
     select count::int as count, coalesce(room.blocks::jsonb ? $8, false) as was_known, room <= 0 or is_closing as is_spent, room.window_name as name, room.limit_count::float8 as limit,
       raised.used_count::float8 as used, raised.unknown::float8 as unknown, coalesce(raised.lowered, 0)::float8 as lowered, raised.is_confirmed, raised.opened_at::text as opening,
       case when most > 0 then ${ms('raised.opened_at')} + period_ms - ${marginMs} end as usable_until, ${ms('room.closes_at')} as closes_at, ${ms('room.paused_until')} as paused_until
     from granted cross join room left join raised on raised.window_name = room.window_name`;
  }

  /** Rows that are there are locked; those of a new action are made once. */
  async #make(action: string, windows: readonly WindowLimit[]): Promise<void> {
    if (this.#made.has(action)) return;
    await this.#client.rows(
      `insert into ${this.#table} (action, window_name, limit_count, used_count, is_confirmed)
       select $1, name, limit_count, 0, false from unnest($2::text[], $3::bigint[]) as asked(name, limit_count)
       on conflict (action, window_name) do nothing`,
      [action, windows.map(({ name }) => name), windows.map(({ limit }) => limit)],
    );
    this.#made.add(action);
  }

  #refusal(
    rows: readonly Readonly<Record<string, unknown>>[],
    now: number,
  ): { readonly until: number; readonly reason: string } {
    const pausedUntil = Math.max(...rows.map((row) => Number(row['paused_until'] ?? 0)));
    if (pausedUntil > now) return { until: pausedUntil - this.#skew!.least, reason: 'paused' };
    const spent = rows
      .filter((row) => row['is_spent'] === true)
      .toSorted((a, b) => Number(b['closes_at']) - Number(a['closes_at']))[0];
    return {
      until: Number(spent?.['closes_at'] ?? now + slackMs) - this.#skew!.least,
      reason: String(spent?.['name']),
    };
  }

  #stateOf(row: Readonly<Record<string, unknown>>): WindowState {
    return {
      name: String(row['name']),
      limit: Number(row['limit']),
      used: Number(row['used']),
      unknown: Number(row['unknown']),
      lowered: Number(row['lowered']),
      opening: String(row['opening']),
      usableUntil: Number(row['usable_until'] ?? Number.POSITIVE_INFINITY) - this.#skew!.least,
      isConfirmed: row['is_confirmed'] === true,
      isLowered: false,
    };
  }

  /**
   * Gives back requests that were not used, to the windows that are still the ones they were taken from; nothing where others have
   * forgotten them.
   */
  async giveBack(action: string, windows: readonly WindowState[], count: number): Promise<void> {
    await this.#client.rows(
      `with ${this.#locked}
       update ${this.#table} as one set used_count = greatest(0, used_count - $2)
       from locked join unnest($3::text[], $4::timestamp[]) as taken(name, opening) on name = locked.window_name
       where one.action = $1 and one.window_name = name and opened_at = opening and one.blocks::jsonb ? $5`,
      [action, count, windows.map(({ name }) => name), windows.map(({ opening }) => opening), this.#token],
    );
  }

  /** Says that this run has nothing of an action any more. */
  async leave(action: string): Promise<void> {
    await this.#client.rows(
      `with ${this.#locked}
       update ${this.#table} as one set blocks = (one.blocks::jsonb - $2)::text
       from locked where one.action = $1 and one.window_name = locked.window_name and one.blocks::jsonb ? $2`,
      [action, this.#token],
    );
  }

  /**
   * Keeps what an answer has shown: limits as they are, counts where they are higher, a pause, and that a window was open by then,
   * so that it closes a period later at the latest. And a surplus, once: whoever finds the same was told of it by taking.
   */
  async tell(
    action: string,
    windows: readonly WindowState[],
    observed: readonly Observed[],
    waitMs: number,
  ): Promise<void> {
    const now = await this.#now('most');
    const said = windows.map(({ name }) => observed.find((one) => one.name === name));
    if (waitMs > 0) {
      await this.#client.rows(
        `with ${this.#locked}
         update ${this.#table} as one
         set paused_until = greatest(coalesce(paused_until, ${at('$2')}), ${at('$2 + $3::bigint')})
         from locked where one.action = $1 and one.window_name = locked.window_name`,
        [action, now, Math.round(waitMs)],
      );
    }
    await this.#client.rows(
      `with ${this.#locked}
       update ${this.#table} as one set
         limit_count = coalesce(told.limit_count, one.limit_count),
         used_count = greatest(one.used_count - case when coalesce(one.lowered, 0) = times then surplus else 0 end, coalesce(told.used_count, 0)),
         lowered = coalesce(one.lowered, 0) + case when coalesce(one.lowered, 0) = times and surplus > 0 then 1 else 0 end,
         closes_at = case when is_confirmed then closes_at
           else ${at('$2')} + (closes_at - opened_at) - interval '${slackMs - driftMs} ms' end,
         is_confirmed = true
       from locked join unnest($3::text[], $4::timestamp[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
         as told(name, opening, limit_count, used_count, surplus, times) on name = locked.window_name
       where one.action = $1 and one.window_name = name and opened_at = opening`,
      [
        action,
        now,
        windows.map(({ name }) => name),
        windows.map(({ opening }) => opening),
        said.map((one) => one?.limit ?? null),
        said.map((one) => one?.used ?? null),
        said.map((one) => one?.surplus ?? 0),
        windows.map(({ lowered }) => lowered),
      ],
    );
  }

  /** Whoever changes rows of an action locks them in this order. */
  get #locked(): string {
    return `locked as (select window_name from ${this.#table} where action = $1 order by window_name for update)`;
  }

  /**
   * The time by the clock of the database, so that machines whose clocks differ agree: no later than it is where it decides whether a
   * window has closed, and no earlier where it says when one will.
   */
  async #now(bound: keyof Skew): Promise<number> {
    this.#skew ??= await this.#askedSkew();
    return this.#clock.now() + this.#skew[bound];
  }

  async #askedSkew(): Promise<Skew> {
    let best: Skew | undefined;
    for (let asked = 0; asked < maxAsked && (best === undefined || best.most - best.least > exactMs); asked++) {
      const before = Date.now();
      const [found] = await this.#client.rows(`select ${ms(`clock_timestamp() at time zone 'utc'`)} as now`);
      const now = Number(found?.['now']);
      const skew = { least: Math.floor(now) - Date.now(), most: Math.ceil(now) - before };
      if (best === undefined || skew.most - skew.least < best.most - best.least) best = skew;
    }
    return best!;
  }
}

/** A run that was not heard of for so long has lost its leases; what it has taken later than that may be on its way. */
const lostAfterMs = 60_000;

const databaseNow = `(clock_timestamp() at time zone 'utc')`;

/** The SQL of a timestamp of UTC, of milliseconds since the epoch. */
const at = (ms: string): string => `(to_timestamp((${ms})::bigint / 1000.0) at time zone 'utc')`;

/** The SQL of milliseconds since the epoch, of a timestamp of UTC. */
const ms = (timestamp: string): string => `(extract(epoch from ${timestamp}) * 1000)::float8`;
