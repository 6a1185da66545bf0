import { expect } from 'vitest';
import { defaultQuirks, type Quirks } from '../../emulator/calls/quirks.ts';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { Cancelled } from '../../runtime/contract/cancelled.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { identityFaults, type JudgedStream, type Told } from '../support/one-record-a-row.ts';
import { deliverRows } from '../support/run.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { type History, Source, warehouseRow } from './history.ts';
import { Held } from './history-apollo.ts';

const DAY_MS = 24 * 3_600_000;
const MAPPED = {
  contacts: ['email', 'first_name', 'last_name', 'organization_name', 'title', 'mobile_phone'],
  accounts: ['domain', 'name', 'raw_address', 'phone'],
} as const;

/** What one run has said. */
interface Said {
  readonly told: readonly Told[];
  readonly isWhole: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly calls: Readonly<Record<string, number>>;
}

/** How a run is made: with its trouble, or calm. */
interface Making {
  readonly maxRetries: number;
  readonly killedAt?: number | undefined;
  readonly full?: boolean;
  readonly retryRejects?: boolean;
  readonly quirks?: Partial<Quirks>;
}

/** Plays a history to its end, with everything asserted that must hold after each of its runs. */
export async function play(history: History): Promise<void> {
  const clock = new EmulatorClock();
  const stop = { left: Number.POSITIVE_INFINITY, run: new AbortController() };
  const emulator = await startEmulator({
    clock,
    plan: 'unlimited',
    quirks: history.quirks,
    onRequest: () => {
      if (stop.left-- === 0) stop.run.abort(new Cancelled('SIGTERM'));
    },
  });
  try {
    await new Played(history, emulator, clock, stop).play();
  } finally {
    await emulator.close();
  }
}

class Played {
  readonly #history: History;
  readonly #emulator: Emulator;
  readonly #clock: EmulatorClock;
  readonly #stop: { left: number; run: AbortController };
  readonly #source: Source;
  readonly #held: Held;
  readonly #stream: Readonly<Record<string, unknown>>;
  readonly #runs: Runs;
  /** Apollo has left out values that it was sent: those of a former person stay until a calm run. */
  #isHalfWritten = false;

  constructor(
    history: History,
    emulator: Emulator,
    clock: EmulatorClock,
    stop: { left: number; run: AbortController },
  ) {
    this.#history = history;
    this.#emulator = emulator;
    this.#clock = clock;
    this.#stop = stop;
    const { object, stream, isKeyed, concurrency } = history;
    this.#source = new Source(history);
    this.#held = new Held(emulator, history);
    const isUpdate = stream['mode'] === 'update';
    const columns = MAPPED[object].filter((name) => !isUpdate || (name !== 'email' && name !== 'domain'));
    this.#stream = {
      object,
      mapping: [
        ...columns.map((name) => ({ to: name, from: name })),
        ...(history.isAssigned ? ['stage', 'owner'].map((name) => ({ to: name, from: name })) : []),
      ],
      ...((isKeyed || isUpdate) && { primary_key: 'id' }),
      ...stream,
    };
    this.#runs = new Runs(emulator, { clock, stream: this.#stream, config: { concurrency } });
  }

  async play(): Promise<void> {
    const { quirks, days } = this.#history;
    for (const [nth, day] of days.entries()) {
      for (const edit of day.edits) this.#source.edit(edit);
      for (const hand of day.hands) this.#held.edit(hand);
      const mergedContacts = this.#held.merged;
      this.#emulator.setQuirks({ ...defaultQuirks, ...quirks, ...day.quirks, mergedContacts });
      this.#emulator.addTrouble(day.trouble);
      await this.#run(`day ${nth}`, day);
      this.#emulator.clearTrouble();
      this.#emulator.setQuirks({ ...defaultQuirks, ...quirks, mergedContacts });
    }
    await this.#settle('calm', { maxRetries: 3, retryRejects: true });
    if (days.at(-1)!.full) await this.#settle('calm, full', { maxRetries: 3, retryRejects: true, full: true });
  }

  /** A calm run brings everything to the wanted state, and another one has nothing to do. */
  async #settle(name: string, making: Making): Promise<void> {
    const calm = await this.#run(name, making);
    const open = calm.told.filter(({ row, outcome }) => row !== undefined && !SETTLED.has(outcome));
    expect([name, calm.isWhole, calm.counts['deferred'] ?? 0, open.map(textOf)]).toEqual([name, true, 0, []]);
    expect([name, this.#misassigned(calm.told)]).toEqual([name, []]);
    if (!this.#history.hasStore) return;
    const { calls, counts } = await this.#run(`${name}, once more`, { maxRetries: 3 });
    const { [`POST ${this.#history.object}/search`]: searches = 0, ...others } = calls;
    expect([name, others]).toEqual([name, {}]);
    // Whether another record still has the new address of a row is asked in each run.
    expect(searches).toBeLessThanOrEqual(counts['rejected'] ?? 0);
  }

  async #run(name: string, making: Making): Promise<Said> {
    const isCalm = name.startsWith('calm');
    if (making.quirks?.untaken !== undefined) this.#isHalfWritten = true;
    if (isCalm) this.#isHalfWritten = false;
    this.#clock.advance(DAY_MS);
    const rows = this.#source.rows.map((row) => warehouseRow(this.#history.object, row));
    this.#held.hear(rows);
    // What is only ever made, skipped or filled in is not corrected; nor does bulk_update show an account's domain.
    const { mode, on_existing = 'update', updates } = this.#history.stream;
    const isShown = this.#history.object === 'contacts' || updates !== 'bulk';
    if (making.full === true && mode !== 'insert' && on_existing === 'update' && isShown) this.#held.touched.clear();
    const said = await (this.#history.hasStore ? this.#remembered(rows, making) : this.#forgotten(rows, making));
    const stream = this.#stream as unknown as JudgedStream;
    const { touched } = this.#held;
    const isExcused = (fault: string) => !fault.includes('both have') && [...touched].some((id) => fault.includes(id));
    // By which key a record is known after an answer that was lost, or a lie, is open until a calm run.
    const isOpen = ({ outcome }: Told): boolean => !isCalm && (outcome === 'deferred' || outcome === 'rejected');
    const judged = said.told.map((one) => (isOpen(one) ? { ...one, row: undefined } : one));
    const faults = identityFaults(this.#emulator, stream, judged).filter((fault) => !isExcused(fault));
    const total = Object.values(said.counts).reduce((a, b) => a + b, 0);
    expect({
      name,
      faults,
      held: this.#held.faults(this.#isHalfWritten ? 'half-written' : 'whole'),
      total,
      violations: this.#emulator.violations.filter(({ message }) => !this.#mayPut(message)),
    }).toEqual({
      name,
      faults: [],
      held: [],
      total: said.isWhole ? rows.length : total,
      violations: [],
    });
    return said;
  }

  /** Rows that count as written, and whose records have another stage or owner. */
  #misassigned(told: readonly Told[]): readonly string[] {
    const { isAssigned, object, stream } = this.#history;
    if (!isAssigned || stream['mode'] === 'insert' || stream['on_existing'] === 'skip') return [];
    if (stream['on_existing'] === 'fill_blanks') return [];
    return told.flatMap(({ row, id, outcome, primaryKey }) => {
      const record = this.#emulator.store[object].get(id ?? '') as Readonly<Record<string, unknown>> | undefined;
      if (row === undefined || record === undefined || outcome === 'rejected' || outcome === 'superseded') return [];
      const stage = record['contact_stage_id'] ?? record['account_stage_id'];
      return stage === row['stage'] && record['owner_id'] === row['owner'] ? [] : [`${primaryKey} is not assigned`];
    });
  }

  /** A page for 404 says that there may be no PATCH: it is asked by PUT once. */
  #mayPut(message: string): boolean {
    const has404 = this.#history.days.some(({ trouble }) =>
      trouble.some(({ fault }) => fault.kind === 'status' && fault.status === 404),
    );
    return has404 && message.includes('method PUT is not documented');
  }

  /** A run with a state store: what that says afterwards of each row. */
  async #remembered(rows: readonly TestRow[], { maxRetries, killedAt, ...options }: Making): Promise<Said> {
    const runId = `run ${this.#clock.now()}`;
    const ended = await this.#runs.sync(rows, {
      runId,
      config: { retries: { max_retries: maxRetries } },
      ...(options.full === true && { full: true }),
      ...(options.retryRejects === true && { retryRejects: true }),
      ...(killedAt !== undefined && killedState(killedAt)),
    });
    const isWhole = ended.cause === undefined;
    const stored = await this.#runs.query(
      'select primary_key, destination_id, match_key, outcome, code, run_id from records order by all',
    );
    const own = String(this.#stream['primary_key'] ?? (this.#history.object === 'accounts' ? 'domain' : 'email'));
    const byKey = new Map(rows.map((row) => [String(row[own]).toLowerCase(), row]));
    const told = stored.flatMap(({ primary_key, destination_id, match_key, outcome, code, run_id }): Told[] => {
      const row = byKey.get(String(primary_key).toLowerCase());
      if (row === undefined) return [];
      // Of a deferred row, and in a killed run of others too, the store may have only what an earlier run has said.
      const isJudged = run_id === runId || (isWhole && ended.counts['deferred'] === undefined);
      return [
        {
          primaryKey: `${primary_key} (${code ?? ''})`,
          row: isJudged ? row : undefined,
          outcome: String(outcome),
          id: destination_id as string | null,
          matchKey: match_key as string | null,
        },
      ];
    });
    return { told, isWhole, counts: ended.counts, calls: ended.calls };
  }

  /** A run without one: what it says of each row. */
  async #forgotten(rows: readonly TestRow[], { maxRetries, killedAt }: Making): Promise<Said> {
    this.#stop.left = killedAt ?? Number.POSITIVE_INFINITY;
    this.#stop.run = new AbortController();
    const { settled, cause, calls } = await deliverRows({
      apollo: this.#emulator,
      clock: this.#clock,
      run: this.#stop.run,
      rows,
      stream: this.#stream,
      config: { concurrency: this.#history.concurrency, retries: { max_retries: maxRetries } },
    });
    this.#stop.left = Number.POSITIVE_INFINITY;
    const counts: Record<string, number> = {};
    const told = settled.flatMap((outcome, i): Told[] => {
      if (outcome === undefined) return [];
      counts[outcome.status] = (counts[outcome.status] ?? 0) + 1;
      const code =
        outcome.status === 'rejected' ? outcome.rejection.code : outcome.status === 'deferred' ? outcome.code : '';
      return [
        {
          primaryKey: `${i} (${code})`,
          row: rows[i],
          outcome: outcome.status,
          id: 'id' in outcome ? outcome.id : undefined,
        },
      ];
    });
    return { told, isWhole: cause === undefined, counts, calls };
  }
}

const SETTLED: ReadonlySet<string> = new Set(['created', 'updated', 'unchanged', 'skipped', 'superseded', 'rejected']);
const textOf = ({ primaryKey, outcome }: Told): string => `${primaryKey} is ${outcome}`;
