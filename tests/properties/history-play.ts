import { expect } from 'vitest';
import { defaultQuirks } from '../../emulator/calls/quirks.ts';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { identityFaults, type JudgedStream, type Told } from '../support/one-record-a-row.ts';
import type { Shown } from '../support/shown-records.ts';
import type { TestRow } from '../support/warehouse.ts';
import { type History, Source, warehouseRow } from './history.ts';
import { emailsOf, Held } from './history-apollo.ts';
import { type Around, HistoryRuns, type Making, type Said } from './history-runs.ts';
import { listed } from './history-streams.ts';

const DAY_MS = 24 * 3_600_000;

/** What Apollo was asked in a run, and what it holds after it. */
export interface AtApollo {
  readonly requests: Emulator['requests']['entries'];
  readonly records: readonly Shown[];
}

/** State stores that are not the usual ones, and who is told of each run. */
export interface Playing extends Pick<Around, 'nextStore' | 'commits'> {
  readonly told?: ((name: string, said: Said, apollo: AtApollo) => void) | undefined;
}

/** Plays a history to its end, with everything asserted that must hold after each of its runs. */
export async function play(history: History, { told, ...stores }: Playing = {}): Promise<void> {
  const clock = new EmulatorClock();
  const stop = { left: Number.POSITIVE_INFINITY, now: async (): Promise<void> => undefined };
  const emulator = await startEmulator({
    clock,
    plan: 'unlimited',
    quirks: history.quirks,
    keepBodies: told !== undefined,
    onRequest: async ({ action }) => {
      if (stop.left-- === 0) await stop.now();
      if (action !== null && action === history.slow) await othersFirst(() => emulator.requests.entries.length);
    },
  });
  try {
    await new Played(history, emulator, { clock, stop, ...stores }, told).play();
  } finally {
    await emulator.close();
  }
}

/** Whether a row is superseded since another one has the record that it has come to. */
const isShared = ({ primaryKey }: Pick<Told, 'primaryKey'>): boolean => primaryKey.endsWith('(same_record)');

/** Whether a row is rejected for its address, and so asks Apollo nothing. */
const isRefusedHere = (primaryKey: string): boolean => /\(invalid_(?:domain|email)\)$/.test(primaryKey);

/** An address as Apollo may compare it. */
const plain = (address: string): string => address.toLowerCase().replace(/\+[^@]*/, '');

/** Lets another request be made and answered first, where one comes. */
async function othersFirst(answered: () => number): Promise<void> {
  const before = answered();
  for (let turn = 0; turn < 3_000 && answered() === before; turn++) await new Promise<void>((go) => setImmediate(go));
}

class Played {
  readonly #history: History;
  readonly #emulator: Emulator;
  readonly #clock: EmulatorClock;
  readonly #source: Source;
  readonly #held: Held;
  readonly #runs: HistoryRuns;
  readonly #told: Playing['told'];
  /** Apollo has left out values that it was sent: those of a former person stay until a calm run. */
  #isHalfWritten = false;
  #lastRows: readonly TestRow[] = [];

  constructor(history: History, emulator: Emulator, around: Around, told: Playing['told']) {
    this.#history = history;
    this.#emulator = emulator;
    this.#clock = around.clock;
    this.#source = new Source(history);
    this.#held = new Held(emulator, history);
    this.#runs = new HistoryRuns(history, emulator, around);
    this.#told = told;
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
    expect([name, this.#misassigned(calm.told), this.#mislisted()]).toEqual([name, [], []]);
    expect([name, [...calm.told, ...(calm.second ?? [])].flatMap((one) => this.#forsaken(one))]).toEqual([name, []]);
    if (!this.#history.hasStore) return;
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
    // Of two rows whose contacts were merged since, which comes first is open: what the one has overwritten, the next run writes.
    for (const id of Object.entries(this.#held.merged).flat()) this.#held.touched.add(id);
    const { hasStore, by } = this.#history;
    const { length } = this.#emulator.requests.entries;
    const said = await this.#runs.make(rows, making);
    this.#told?.(name, said, {
      requests: this.#emulator.requests.entries.slice(length),
      records: structuredClone(this.#held.records),
    });
    const { second } = this.#runs;
    const stream = this.#runs.stream as unknown as JudgedStream;
    // A row that is refused before it is sent corrects nothing.
    for (const { outcome, id } of [...said.told, ...(said.second ?? [])])
      if (outcome === 'rejected' && id != null && before.includes(id)) this.#held.touched.add(id);
    const { touched } = this.#held;
    const isExcused = (fault: string) => !fault.includes('both have') && [...touched].some((id) => fault.includes(id));
    // By which key a record is known after an answer that was lost, or a lie, is open until a calm run; a row that is only
    // sent, and rejected for such an answer, is not asked about again.
    const isAskedAgain = isCalm && (by === 'sync' || !hasStore);
    const isOpen = ({ outcome, primaryKey }: Told): boolean =>
      (outcome === 'deferred' && !isCalm) || (outcome === 'rejected' && (!isAskedAgain || isRefusedHere(primaryKey)));
    const faultsIn = (judged: JudgedStream, told: readonly Told[]) =>
      identityFaults(
        this.#emulator,
        judged,
        told.map((one) => (isOpen(one) ? { ...one, row: undefined } : one)),
      ).filter((fault) => !isExcused(fault));
    const faults = [
      ...faultsIn(stream, said.told),
      ...(second ? faultsIn(second as unknown as JudgedStream, said.second ?? []) : []),
    ];
    const total = Object.values(said.counts).reduce((a, b) => a + b, 0);
    expect({
      name,
      faults,
      // Between two streams a record has values of two days.
      held: this.#held.faults(this.#isHalfWritten || (second && !isCalm) ? 'half-written' : 'whole'),
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

  /** A row that is superseded for the record that it has come to, though no record there is has its address. */
  #forsaken({ primaryKey, outcome, row }: Told): readonly string[] {
    if (row === undefined || outcome !== 'superseded' || !isShared({ primaryKey })) return [];
    if (this.#history.stream['mode'] === 'update') return [];
    // An address may have been dropped, or be that of a contact that was merged into another one.
    const address = String(row['email'] ?? row['domain']);
    if (/@(?:drop|s)\.example$/.test(address) || Object.keys(this.#held.merged).length > 0) return [];
    const isHeld = this.#held.records.flatMap(emailsOf).some((one) => plain(one) === plain(address));
    return isHeld ? [] : [`${primaryKey} is superseded, and no record has ${address}`];
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

  /** Whom a list has that it is not to have, and whom it lacks, by what the state store says of its rows. */
  #mislisted(): readonly string[] {
    const { list, object } = this.#history;
    if (list === undefined) return [];
    const live = new Set(this.#held.records.map(({ id }) => String(id)));
    const on = new Set([...this.#emulator.store.labels.members('Hot', object)].filter((id) => live.has(id)));
    const rows = this.#runs.kept!.records.filter(({ stream }) => stream === 'list');
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
}

const SETTLED: ReadonlySet<string> = new Set(['created', 'updated', 'unchanged', 'skipped', 'superseded', 'rejected']);
const textOf = ({ primaryKey, outcome }: Told): string => `${primaryKey} is ${outcome}`;
