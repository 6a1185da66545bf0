import { expect } from 'vitest';
import { defaultQuirks, type Quirks } from '../../emulator/calls/quirks.ts';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { Cancelled } from '../../runtime/contract/cancelled.ts';
import type { ServerState } from '../../runtime/contract/state-config.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { killedState } from '../support/killed-state.ts';
import { identityFaults, type JudgedStream, type Told } from '../support/one-record-a-row.ts';
import { deliverRows } from '../support/run.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { type History, Source, warehouseRow } from './history.ts';
import { Held } from './history-apollo.ts';
import { toldByRejects } from './history-told.ts';
import { writeRows } from './history-write.ts';

const DAY_MS = 24 * 3_600_000;
const MAPPED = {
  contacts: ['email', 'first_name', 'last_name', 'organization_name', 'title', 'mobile_phone'],
  accounts: ['domain', 'name', 'raw_address', 'phone'],
} as const;
/** The field that the second stream writes, with what names its records. */
const SECOND = {
  contacts: ['email', 'last_name', 'title'],
  accounts: ['domain', 'name', 'raw_address'],
} as const;

/** What one run has said. */
interface Said {
  readonly told: readonly Told[];
  /** The same of the second stream. */
  readonly second?: readonly Told[];
  readonly isWhole: boolean;
  /** Of its streams, no row was deferred. */
  readonly isFinal: boolean;
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

/** What one run has said, and what Apollo held after it. */
interface Traced extends Said {
  readonly name: string;
  readonly records: readonly unknown[];
}

/** Plays a history to its end, with everything asserted that must hold after each of its runs. */
export async function play(history: History): Promise<void> {
  await traced(history);
}

/** Plays a history in the same way over any state store; what its runs have said. */
export async function traced(history: History, state?: ServerState): Promise<readonly Traced[]> {
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
    const played = new Played(history, emulator, { clock, stop, state });
    await played.play();
    return played.trace;
  } finally {
    await emulator.close();
  }
}

interface Around {
  readonly clock: EmulatorClock;
  readonly stop: { left: number; run: AbortController };
  /** Instead of a state store in a file. */
  readonly state: ServerState | undefined;
}

class Played {
  readonly #history: History;
  readonly #emulator: Emulator;
  readonly #clock: EmulatorClock;
  readonly #stop: { left: number; run: AbortController };
  readonly #source: Source;
  readonly #held: Held;
  readonly #stream: Readonly<Record<string, unknown>>;
  readonly #second: Readonly<Record<string, unknown>> | false;
  readonly #runs: Runs;
  /** Apollo has left out values that it was sent: those of a former person stay until a calm run. */
  #isHalfWritten = false;
  #lastRows: readonly TestRow[] = [];
  readonly trace: Traced[] = [];

  constructor(history: History, emulator: Emulator, { clock, stop, state }: Around) {
    this.#history = history;
    this.#emulator = emulator;
    this.#clock = clock;
    this.#stop = stop;
    const { object, stream, isKeyed, concurrency } = history;
    this.#source = new Source(history);
    this.#held = new Held(emulator, history);
    const isUpdate = stream['mode'] === 'update';
    const mapped = (columns: readonly string[]) =>
      columns
        .filter((name) => !isUpdate || (name !== 'email' && name !== 'domain'))
        .map((name) => ({ to: name, from: name }));
    const columns = MAPPED[object].filter((name) => !history.hasSecond || name !== SECOND[object][2]);
    this.#stream = {
      object,
      mapping: [...mapped(columns), ...mapped(history.isAssigned ? ['stage', 'owner'] : [])],
      ...((isKeyed || isUpdate) && { primary_key: 'id' }),
      ...stream,
    };
    const { lists: _, max_removed_percent: __, ...plain } = this.#stream;
    this.#second = history.hasSecond && {
      ...plain,
      mapping: mapped(SECOND[object]),
      mode: stream['mode'] === 'mirror' ? 'upsert' : stream['mode'],
    };
    const config = { concurrency, ...(state !== undefined && { state }) };
    this.#runs = new Runs(emulator, { clock, stream: this.#stream, config });
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
    if (days.at(-1)!.full && this.#history.by === 'sync')
      await this.#settle('calm, full', { maxRetries: 3, retryRejects: true, full: true });
  }

  /** A calm run brings everything to the wanted state, and another one has nothing to do. */
  async #settle(name: string, making: Making): Promise<void> {
    const calm = await this.#run(name, making);
    const open = [...calm.told, ...(calm.second ?? [])].filter(
      ({ row, outcome }) => row !== undefined && !SETTLED.has(outcome),
    );
    expect([name, calm.isWhole, calm.counts['deferred'] ?? 0, open.map(textOf)]).toEqual([name, true, 0, []]);
    expect([name, this.#misassigned(calm.told), await this.#mislisted()]).toEqual([name, [], []]);
    if (!this.#history.hasStore) return;
    const isShared = ({ primaryKey }: Told): boolean => primaryKey.endsWith('(same_record)');
    // Where contacts were merged since, the row that had the record keeps it in the run that finds out, whichever is the later one.
    if (this.#history.by === 'write' && calm.told.some(isShared)) await this.#run(`${name}, again`, { maxRetries: 3 });
    const { calls, told, second = [] } = await this.#run(`${name}, once more`, { maxRetries: 3 });
    const {
      [`POST ${this.#history.object}/search`]: searches = 0,
      [`POST ${this.#history.object}/bulk_create`]: creates = 0,
      ...others
    } = calls;
    const rejected = [...told, ...second].filter(({ outcome }) => outcome === 'rejected');
    // Records that Apollo does not mention are asked about in each run, with others and alone.
    const isUnmentioned = rejected.some(({ primaryKey }) => primaryKey.endsWith('(not_acknowledged)'));
    if (!isUnmentioned) expect([name, others]).toEqual([name, {}]);
    // Whether the row that has the record will be sent too is not known beforehand: one that has lost it to that row is looked for.
    const sharing = [...told, ...second].filter(isShared);
    const mayLook = isUnmentioned || (this.#history.by === 'write' && sharing.length > 0);
    if (!mayLook) expect([name, creates]).toEqual([name, 0]);
    // Whether another record still has the new address of a row is asked in each run.
    expect(searches).toBeLessThanOrEqual(rejected.length);
  }

  async #run(name: string, making: Making): Promise<Said> {
    const isCalm = name.startsWith('calm');
    if (making.quirks?.untaken !== undefined) this.#isHalfWritten = true;
    // What was rejected is sent again by who is asked to; rows that are only sent are rejected for good.
    if (isCalm && (this.#history.by === 'sync' || !this.#history.hasStore)) this.#isHalfWritten = false;
    this.#clock.advance(DAY_MS);
    const rows = this.#source.rows.map((row) => warehouseRow(this.#history.object, row));
    this.#lastRows = rows;
    this.#held.hear(rows);
    // What is only ever made, skipped or filled in is not corrected; nor is what no search shows, and bulk_update shows no domain.
    const { mode, on_existing = 'update', updates } = this.#history.stream;
    const isShown = this.#history.object === 'contacts' || (!this.#history.hasStore && updates !== 'bulk');
    const isFull = making.full === true && this.#history.by === 'sync';
    const isCorrected = isFull && mode !== 'insert' && on_existing === 'update' && isShown;
    const before = [...this.#held.touched];
    if (isCorrected) this.#held.touched.clear();
    const { hasStore, by } = this.#history;
    const ways = {
      sync: () => (hasStore ? this.#synced(rows, making) : this.#forgotten(rows, making)),
      write: () => (hasStore ? this.#written(rows, making) : this.#sent(rows, making)),
    };
    const said = await ways[by]();
    this.trace.push({ ...said, name, records: structuredClone(this.#held.records) });
    const stream = this.#stream as unknown as JudgedStream;
    // A row that is refused before it is sent corrects nothing.
    for (const { outcome, id } of [...said.told, ...(said.second ?? [])])
      if (outcome === 'rejected' && id != null && before.includes(id)) this.#held.touched.add(id);
    const { touched } = this.#held;
    const isExcused = (fault: string) => !fault.includes('both have') && [...touched].some((id) => fault.includes(id));
    // By which key a record is known after an answer that was lost, or a lie, is open until a calm run; a row that is only
    // sent, and rejected for such an answer, is not asked about again.
    const isAskedAgain = isCalm && (by === 'sync' || !hasStore);
    const isOpen = ({ outcome }: Told): boolean =>
      (outcome === 'deferred' && !isCalm) || (outcome === 'rejected' && !isAskedAgain);
    const faultsIn = (judged: JudgedStream, told: readonly Told[]) =>
      identityFaults(
        this.#emulator,
        judged,
        told.map((one) => (isOpen(one) ? { ...one, row: undefined } : one)),
      ).filter((fault) => !isExcused(fault));
    const faults = [
      ...faultsIn(stream, said.told),
      ...(this.#second ? faultsIn(this.#second as unknown as JudgedStream, said.second ?? []) : []),
    ];
    const total = Object.values(said.counts).reduce((a, b) => a + b, 0);
    expect({
      name,
      faults,
      // Between two streams a record has values of two days.
      held: this.#held.faults(this.#isHalfWritten || (this.#second && !isCalm) ? 'half-written' : 'whole'),
      total,
      violations: this.#emulator.violations.filter(({ message }) => !this.#mayPut(message)),
    }).toEqual({
      name,
      faults: [],
      held: [],
      total: said.isWhole ? rows.length : total,
      violations: [],
    });
    // Rows that a full run has not come to are not looked at by the next one.
    if (!said.isFinal) for (const id of before) this.#held.touched.add(id);
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

  /** A run from a warehouse, with a state store. */
  async #synced(rows: readonly TestRow[], { maxRetries, killedAt, ...options }: Making): Promise<Said> {
    const runId = `run ${this.#clock.now()}`;
    const ended = await this.#runs.sync(rows, {
      runId,
      config: { retries: { max_retries: maxRetries }, streams: this.#streams(rows) },
      ...(options.full === true && { full: true }),
      ...(options.retryRejects === true && { retryRejects: true }),
      ...(killedAt !== undefined && killedState(killedAt)),
    });
    const isWhole = ended.cause === undefined;
    const isFinal = isWhole && ended.counts['deferred'] === undefined;
    const told = await this.#stored(rows, runId, isFinal);
    const isAllFinal = isWhole && this.#runs.summary.streams.every(({ deferred }) => deferred === 0);
    const second = this.#second ? await this.#stored(rows, runId, isAllFinal, 'second') : [];
    return { told, second, isWhole, isFinal: isAllFinal, counts: ended.counts, calls: ended.calls };
  }

  /** The streams of a configuration. */
  #streams(rows: readonly TestRow[]) {
    const { list } = this.#history;
    return [
      { name: 'rows', table: 'rows', ...this.#stream },
      ...(this.#second ? [{ name: 'second', table: 'rows', ...this.#second }] : []),
      ...(list ? [this.#listed(list, rows)] : []),
    ];
  }

  /** The stream that sees to a list of some of the rows. */
  #listed({ behaviour, every }: NonNullable<History['list']>, rows: readonly TestRow[]) {
    const ids = listed(rows, every).map((id) => `'${id}'`);
    const key = this.#history.object === 'accounts' ? 'domain' : 'email';
    const query = `select id, ${key} from rows where id in (${ids.join(', ')})`;
    const membership = { list: 'Hot', behaviour };
    const { object } = this.#history;
    const guard = behaviour === 'mirror' ? { max_removed_percent: 100 } : {};
    return { name: 'list', query, object, primary_key: 'id', membership, ...guard };
  }

  /** A run that is sent its rows, with a state store; a kill is a stop there, as it comes to so many requests. */
  async #written(rows: readonly TestRow[], making: Making): Promise<Said> {
    const runId = `run ${this.#clock.now()}`;
    const before = this.#emulator.requests.entries.length;
    const isWhole = await this.#write(rows, runId, making, {});
    const [run] = await this.#runs.query(`select * from runs where run_id = '${runId}'`);
    const counts = Object.fromEntries(
      [...SETTLED, 'deferred'].flatMap((status) => (Number(run![status]) > 0 ? [[status, Number(run![status])]] : [])),
    );
    const calls: Record<string, number> = {};
    for (const { method, action } of this.#emulator.requests.entries.slice(before)) {
      if (method !== 'GET') calls[`${method} ${action}`] = (calls[`${method} ${action}`] ?? 0) + 1;
    }
    const isFinal = isWhole && counts['deferred'] === undefined;
    return { told: await this.#stored(rows, runId, isFinal), isWhole, isFinal, counts, calls };
  }

  /** A run that is sent its rows, without a state store: it says which rows it has rejected, and whether the others are written. */
  async #sent(rows: readonly TestRow[], making: Making): Promise<Said> {
    const runId = `run ${this.#clock.now()}`;
    const isWhole = await this.#write(rows, runId, making, { state: { type: 'none' } });
    if (!isWhole) return { told: [], isWhole, isFinal: false, counts: {}, calls: {} };
    const lines = this.#runs.rejects().map((line) => JSON.parse(line) as Readonly<Record<string, string>>);
    const rejected = new Set(
      lines.filter(({ run_id }) => run_id === runId).map((line) => line['primary_key']!.toLowerCase()),
    );
    const told = toldByRejects(this.#emulator, this.#stream as unknown as JudgedStream, rows, rejected);
    return { told, isWhole, isFinal: true, counts: { read: rows.length }, calls: {} };
  }

  /** Whether `write` came to its end with all rows. */
  async #write(
    rows: readonly TestRow[],
    runId: string,
    { maxRetries, killedAt }: Making,
    config: Readonly<Record<string, unknown>>,
  ): Promise<boolean> {
    this.#stop.left = killedAt ?? Number.POSITIVE_INFINITY;
    this.#stop.run = new AbortController();
    const { concurrency } = this.#history;
    const { streams: _, ...json } = this.#runs.json({ concurrency, retries: { max_retries: maxRetries }, ...config });
    const { isWhole, isConfirmed } = await writeRows(rows, {
      json: { ...json, source: undefined, streams: [{ name: 'rows', ...this.#stream }] },
      clock: this.#clock,
      run: this.#stop.run,
      runId,
      folder: this.#runs.folder,
    });
    this.#stop.left = Number.POSITIVE_INFINITY;
    if (!this.#stop.run.signal.aborted) expect([runId, isConfirmed]).toEqual([runId, isWhole]);
    return isWhole;
  }

  /** What the state store says of each row after a run; `isFinal`: whatever it says is said of the row as it is. */
  async #stored(rows: readonly TestRow[], runId: string, isFinal: boolean, stream = 'rows'): Promise<readonly Told[]> {
    const stored = await this.#runs.query(
      `select primary_key, destination_id, match_key, outcome, code, run_id from records where stream = '${stream}' order by all`,
    );
    const own = String(this.#stream['primary_key'] ?? (this.#history.object === 'accounts' ? 'domain' : 'email'));
    const byKey = new Map(rows.map((row) => [String(row[own]).toLowerCase(), row]));
    return stored.flatMap(({ primary_key, destination_id, match_key, outcome, code, run_id }): Told[] => {
      const row = byKey.get(String(primary_key).toLowerCase());
      if (row === undefined) return [];
      return [
        {
          primaryKey: `${primary_key} (${code ?? ''})`,
          // Of a deferred row, and in a killed run of others too, the store may have only what an earlier run has said.
          row: run_id === runId || isFinal ? row : undefined,
          outcome: String(outcome),
          id: destination_id as string | null,
          matchKey: match_key as string | null,
        },
      ];
    });
  }

  /** Whom a list has that it is not to have, and whom it lacks, by what the state store says of its rows. */
  async #mislisted(): Promise<readonly string[]> {
    const { list, object } = this.#history;
    if (list === undefined) return [];
    const live = new Set(this.#held.records.map(({ id }) => String(id)));
    const on = new Set([...this.#emulator.store.labels.members('Hot', object)].filter((id) => live.has(id)));
    const rows = await this.#runs.query(
      `select primary_key, destination_id, outcome from records where stream = 'list' order by all`,
    );
    const wanted = new Set(listed(this.#lastRows, list.every));
    const faults: string[] = [];
    const holders = new Set<string>();
    for (const { primary_key, destination_id, outcome } of rows) {
      const id = String(destination_id);
      const isWritten = ['created', 'updated', 'unchanged'].includes(String(outcome));
      // A row that is there and refused, for what it says now, keeps its record where that is.
      if (wanted.has(String(primary_key)) && outcome === 'rejected') holders.add(id);
      if (!wanted.has(String(primary_key)) || !isWritten || !live.has(id)) continue;
      if (list.behaviour !== 'remove' && holders.has(id)) faults.push(`two rows of the list have ${id}`);
      holders.add(id);
      if (on.has(id) === (list.behaviour === 'remove')) faults.push(`${id} is ${on.has(id) ? '' : 'not '}on the list`);
    }
    // Only who was put there by a row is taken off when that is gone.
    if (list.behaviour === 'mirror')
      for (const id of on)
        if (!holders.has(id) && !this.#held.touched.has(id)) faults.push(`${id} is still on the list`);
    return faults.filter((fault) => ![...this.#held.touched].some((id) => fault.includes(id)));
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
    const isWhole = cause === undefined;
    const isFinal = isWhole && counts['deferred'] === undefined;
    return { told: told.map(withoutTaken), isWhole, isFinal, counts, calls };
  }
}

/** Who was rejected, and whose record a later row has come to, has none: nothing remembers that it had one. */
function withoutTaken(one: Told, position: number, told: readonly Told[]): Told {
  const isTaken = one.outcome === 'rejected' && told.some(({ id }, i) => i > position && id === one.id);
  return isTaken ? { ...one, id: undefined } : one;
}

const SETTLED: ReadonlySet<string> = new Set(['created', 'updated', 'unchanged', 'skipped', 'superseded', 'rejected']);
const textOf = ({ primaryKey, outcome }: Told): string => `${primaryKey} is ${outcome}`;

/** The primary keys of every so many rows, the first included. */
const listed = (rows: readonly TestRow[], every: number): readonly string[] =>
  [...new Set(rows.map(({ id }) => String(id)))].filter((_, i) => i % every === 0);
