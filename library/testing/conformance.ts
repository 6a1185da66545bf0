import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Destination, RunConfig } from '../../runtime/contract/destination.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { OUTCOME_STATUSES } from '../../runtime/contract/outcome.ts';
import type { OutgoingMessage } from '../../runtime/contract/protocol.ts';
import type { Row } from '../../runtime/contract/record.ts';
import type { StreamReport } from '../../runtime/facts/report.ts';
import { runsOf } from '../runs.ts';
import { VirtualClock } from './virtual-clock.ts';

/**
 * What a suite has to know of a destination.
 * @public
 */
export interface Conformance {
  // Every destination has a configuration of its own, which only it reads.
  // biome-ignore lint/suspicious/noExplicitAny: a destination of any configuration is taken.
  readonly destination: Destination<any>;
  /** Starts what the destination writes to, empty. */
  start(): Promise<Place>;
}

/**
 * What a destination writes to, and rows that go there.
 * @public
 */
export interface Place {
  /** A configuration, as a person writes it, of one stream of this name; `more` has the keys that are the same for every destination. */
  config(stream: { readonly name: string; readonly query: string }, more: SharedKeys): unknown;
  /** A fit row for each number, each with a record of its own. */
  row(number: number): Row;
  /** The same row with another value, under the same key. */
  changed(row: Row): Row;
  /** The same row, so that the mapping refuses it, with this text as the value at fault; absent where every row is fit. */
  unfit?(row: Row, secret: string): Row;
  /** How many records it holds. */
  held(): number | Promise<number>;
  /** Lets requests that write fail, until `recover`. */
  fail(): void;
  recover(): void;
  close(): Promise<void>;
}

interface SharedKeys {
  readonly source: { readonly type: 'duckdb' };
  readonly state: { readonly type: 'duckdb'; readonly path: string };
  readonly rejects: { readonly path: string };
}

/**
 * One thing that every destination has to do. `run` throws where this one does not.
 * @public
 */
export interface ConformanceCheck {
  readonly name: string;
  run(): Promise<void>;
}

/**
 * What has to hold of any destination, as checks for the test runner of your choice:
 * `for (const { name, run } of conformance(mine)) test(name, run)`.
 * @public
 */
export const conformance = (about: Conformance): readonly ConformanceCheck[] =>
  Object.entries(checks).map(([name, check]) => ({ name, run: () => inBench(about, check) }));

const COUNT = 12;

const checks: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  async 'the specification is a JSON Schema of an object'({ about }) {
    const { connectionSpecification } = about.destination.specification();
    assert.equal(connectionSpecification['type'], 'object');
    assert.equal(typeof connectionSpecification['properties'], 'object');
  },

  async 'an invalid configuration is refused, as something that a person has to change'({ about }) {
    for (const json of [undefined, null, 7, [], {}])
      assert.throws(() => about.destination.configure(json, 'sync', {}), ConfigFailure);
  },

  async 'every row that is read has one outcome, and its record is there'(bench) {
    const report = await bench.sync(bench.rows());
    assert.deepEqual([report.read, report.created + report.updated], [COUNT, COUNT]);
    assert.equal(await bench.place.held(), COUNT);
  },

  async 'rows that have not changed are not sent again'(bench) {
    await bench.sync(bench.rows());
    const calls = bench.calls;
    const report = await bench.sync(bench.rows());
    assert.deepEqual([report.unchanged, report.read], [COUNT, COUNT]);
    assert.equal(await bench.place.held(), COUNT);
    assert.ok(bench.calls - calls <= calls, 'The second run made more calls than the first.');
  },

  async 'of many rows, the one that has changed is sent'(bench) {
    const rows = bench.rows();
    await bench.sync(rows);
    const report = await bench.sync([bench.place.changed(rows[0]!), ...rows.slice(1)]);
    assert.deepEqual([report.updated + report.created, report.unchanged], [1, COUNT - 1]);
    assert.equal(await bench.place.held(), COUNT);
  },

  async 'of rows with one key, the last one counts'(bench) {
    const [row] = bench.rows();
    const report = await bench.sync([row!, bench.place.changed(row!)]);
    assert.deepEqual([report.read, report.superseded, await bench.place.held()], [2, 1, 1]);
  },

  async 'a row that does not fit is rejected with a code and without its values, and keeps no other one back'(bench) {
    const { unfit } = bench.place;
    if (unfit === undefined) return;
    const secret = 'canary-6f1d';
    const report = await bench.sync([unfit(bench.place.row(0), secret), bench.place.row(1)]);
    assert.deepEqual([report.rejected, report.created + report.updated], [1, 1]);
    const { code, message } = JSON.parse(readFileSync(bench.path('rejects.jsonl'), 'utf8').split('\n')[0]!);
    assert.match(code, /^[a-z][a-z_]+$/);
    assert.ok(!message.includes(secret), 'The message of a rejection holds a value of the row.');
  },

  // A writer without estimates cannot be previewed: see EstimableWriter.
  async 'a preview sends nothing, and its bounds hold for the run'(bench) {
    bench.write(bench.rows());
    const { calls } = await bench.runs.preview(bench.config(), bench.options());
    assert.equal(await bench.place.held(), 0);
    const summary = await bench.runs.run(bench.config(), bench.options());
    for (const [request, count] of Object.entries(summary.calls)) {
      const { min = 0, max = 0 } = calls[request] ?? {};
      assert.ok(count >= min && count <= max, `${request}: ${count} calls, and the preview said ${min} to ${max}.`);
    }
  },

  async 'rows that could not be written are deferred, and the next run takes them'(bench) {
    bench.place.fail();
    const down = await bench.sync(bench.rows());
    assert.deepEqual([down.deferred, down.read, await bench.place.held()], [COUNT, COUNT, 0]);
    bench.place.recover();
    const up = await bench.sync(bench.rows());
    assert.deepEqual([up.created + up.updated + up.unchanged, await bench.place.held()], [COUNT, COUNT]);
  },

  async 'a run that is stopped says so, and the next one ends it'(bench) {
    bench.write(bench.rows());
    const stop = new AbortController();
    stop.abort();
    const stopped = await bench.runs.run(bench.config(), { ...bench.options(), signal: stop.signal });
    assert.equal(stopped.status, 'cancelled');
    const report = await bench.sync(bench.rows());
    assert.equal(report.created + report.updated, COUNT);
  },

  async 'write gives a state back once its rows are written, and not while they are not'(bench) {
    bench.place.fail();
    const kept = await bench.airbyte(bench.rows());
    assert.deepEqual([kept.states, kept.isComplete], [0, false]);
    bench.place.recover();
    const given = await bench.airbyte(bench.rows());
    assert.deepEqual([given.states, given.isComplete, await bench.place.held()], [1, true, COUNT]);
  },
};

async function inBench(about: Conformance, check: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = new Bench(about, await about.start());
  try {
    await check(bench);
  } finally {
    await bench.close();
  }
}

/** One place, and runs over one folder. */
class Bench {
  readonly about: Conformance;
  readonly place: Place;
  readonly runs;
  /** Requests of all runs. */
  calls = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  readonly #clock = new VirtualClock();

  constructor(about: Conformance, place: Place) {
    this.about = about;
    this.place = place;
    this.runs = runsOf<RunConfig>(about.destination, { version: '0.0.0' });
  }

  path(name: string): string {
    return join(this.#folder, name);
  }

  rows(): readonly Row[] {
    return Array.from({ length: COUNT }, (_, i) => this.place.row(i));
  }

  /** Makes these the rows of the source. */
  write(rows: readonly Row[]): void {
    writeFileSync(this.path('rows.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  }

  config(): unknown {
    const query = `select * from read_json('${this.path('rows.jsonl')}', format = 'newline_delimited')`;
    return this.place.config(
      { name: 'rows', query },
      {
        source: { type: 'duckdb' },
        state: { type: 'duckdb', path: this.path('state.duckdb') },
        rejects: { path: this.path('rejects.jsonl') },
      },
    );
  }

  options() {
    return { clock: this.#clock, temporaryDirectory: this.#folder };
  }

  async sync(rows: readonly Row[]): Promise<StreamReport> {
    this.write(rows);
    const { streams, calls } = await this.runs.run(this.config(), this.options());
    this.calls += Object.values(calls).reduce((sum, count) => sum + count, 0);
    const [report] = streams;
    assert.ok(report, 'The summary has no stream.');
    const outcomes = OUTCOME_STATUSES.reduce((sum, status) => sum + report[status], 0);
    assert.equal(outcomes, report.read, 'The outcomes do not add up to the rows read.');
    return report;
  }

  async airbyte(rows: readonly Row[]): Promise<{ readonly states: number; readonly isComplete: boolean }> {
    const stream = {
      name: 'rows',
      json_schema: { properties: Object.fromEntries(Object.keys(rows[0]!).map((key) => [key, {}])) },
    };
    const catalog = { streams: [{ stream, sync_mode: 'full_refresh', destination_sync_mode: 'append_dedup' }] };
    const state = { type: 'STREAM', stream: { stream_descriptor: { name: 'rows' }, stream_state: { at: 1 } } };
    const lines = [
      ...rows.map((data) => ({ type: 'RECORD', record: { stream: 'rows', data, emitted_at: 0 } })),
      { type: 'STATE', state },
    ];
    const messages: OutgoingMessage[] = [];
    const { source: _, ...config } = this.config() as Readonly<Record<string, unknown>>;
    try {
      const input = bytesOf(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
      for await (const message of this.runs.write(config, { ...this.options(), catalog, input }))
        messages.push(message);
    } catch {
      return { states: statesIn(messages), isComplete: false };
    }
    return { states: statesIn(messages), isComplete: true };
  }

  async close(): Promise<void> {
    await this.place.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const statesIn = (messages: readonly OutgoingMessage[]): number =>
  messages.filter(({ type }) => type === 'STATE').length;

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
