import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { apollo } from '../../../connector/apollo.ts';
import type { EmulatorOptions } from '../../../emulator/server/options.ts';
import type { Emulator } from '../../../emulator/server/server.ts';
import { reportCommand } from '../../../runtime/commands/report.ts';
import { defaultStatePath } from '../../../runtime/commands/shared/session.ts';
import { syncCommand } from '../../../runtime/commands/sync-command.ts';
import { Secrets } from '../../../runtime/config/secrets.ts';
import { Cancelled } from '../../../runtime/contract/cancelled.ts';
import { stateAt } from '../../../runtime/contract/state-config.ts';
import { exitCodeOf } from '../../../runtime/facts/exit-codes.ts';
import type { RunReport } from '../../../runtime/facts/run-report.ts';
import { page } from '../../../runtime/page/page.ts';
import { errorText } from '../../../runtime/text/error-text.ts';
import { Output } from '../../../runtime/text/output.ts';
import { API_KEY, startApollo } from '../../support/emulator.ts';
import { EmulatorClock } from '../../support/emulator-clock.ts';
import { makeWarehouse, type TestRow } from '../../support/warehouse.ts';
import { temporaryFolder } from '../listeners/folder.ts';

type ReportOptions = Parameters<typeof reportCommand>[0];

const program = { name: 'destination-apollo', version: '0.0.0' };

const people: readonly TestRow[] = [
  { id: 'C-1', email: 'ann@acme.example' },
  { id: 'C-2', email: '<script>alert(1)</script>' },
  { id: 'C-3', email: 'bo@acme.example' },
  { id: 'C-4', email: 'not an address' },
];

const many: readonly TestRow[] = Array.from({ length: 450 }, (_, i) => ({ id: `C-${i}`, email: `p${i}@acme.example` }));

/** Time passes for waits, and not because somebody looks at it every second. */
class TicklessClock extends EmulatorClock {
  override async sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms !== 1000) return super.sleep(ms, signal);
    if (!signal.aborted) await once(signal, 'abort');
  }
}

/** A place where runs are made and asked about, as the command line does it. */
class Place {
  readonly folder = temporaryFolder();
  readonly server: Emulator;
  readonly clock: EmulatorClock;
  readonly state = `${this.folder}/state.duckdb`;
  #runs = 0;

  private constructor(server: Emulator, clock: EmulatorClock) {
    this.server = server;
    this.clock = clock;
  }

  static async open(options: EmulatorOptions = {}): Promise<Place> {
    const clock = new TicklessClock();
    return new Place(await startApollo({ clock, ...options }), clock);
  }

  /** One run; its page, and its exit code. */
  async sync(
    rows: readonly TestRow[],
    more: Record<string, unknown> = {},
    showValues = false,
    run = new AbortController(),
  ) {
    const number = ++this.#runs;
    const database = `${this.folder}/warehouse.duckdb`;
    await makeWarehouse(database, { rows });
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: this.server.url,
      source: { type: 'duckdb', database },
      streams: [
        {
          name: 'rows',
          table: 'rows',
          object: 'contacts',
          primary_key: 'id',
          mapping: [{ to: 'email', from: 'email' }],
        },
      ],
      rejects: { path: `${this.folder}/rejects.jsonl` },
      state: { type: 'duckdb', path: this.state },
      ...more,
    };
    const report = `${this.folder}/pages/${number}.html`;
    const { output, secrets, said } = outlets();
    const exit = await syncCommand(
      {
        destination: apollo,
        clock: this.clock,
        environment: {},
        output,
        secrets,
        program,
        terminal: { isStdout: true, isStderr: false, columns: () => 100 },
        files: { xcom: '/nowhere', terminationLog: '/nowhere' },
        configured: async () => apollo.configure(json, 'sync', {}),
        options: { only: [], source: { temporaryDirectory: this.folder }, run, runId: `run-${number}` },
      },
      {
        config: 'x',
        streams: [],
        output: 'text',
        logFormat: 'text',
        progressEveryMs: 30_000,
        full: false,
        retryRejects: false,
        runId: undefined,
        verbosity: 'normal',
        everyMs: undefined,
        report,
        showValues,
      },
    );
    await output.flush();
    this.clock.advance(60_000);
    return { exit, report, said: said(), page: existsSync(report) ? readFileSync(report, 'utf8') : '' };
  }

  async report(options: Partial<ReportOptions> = {}) {
    const { output, secrets, said } = outlets();
    const to = `${this.folder}/told.html`;
    const exit = await reportCommand(
      { to, showValues: false, state: this.state, ...options },
      { output, secrets, program, stateAt: async () => this.state, source: { temporaryDirectory: this.folder } },
    ).catch(async (error: unknown) => {
      await output.error(errorText(error));
      return exitCodeOf({ thrown: error });
    });
    await output.flush();
    return { exit, said: said().replaceAll(this.folder, ''), page: existsSync(to) ? readFileSync(to, 'utf8') : '' };
  }
}

function outlets() {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const secrets = new Secrets(['canary']);
  const said = () => [stdout, stderr].map((stream) => String(stream.read() ?? '')).join('');
  return { output: new Output({ stdout, stderr, secrets }), secrets, said };
}

describe('the page of a run', () => {
  it('says what became of the rows and why, without a value of one, and only its owner can read it', async () => {
    const place = await Place.open();
    const { exit, page, report, said } = await place.sync(people);
    expect([exit, (statSync(report).mode & 0o777).toString(8)]).toEqual([0, '600']);
    expect(said).toContain(`Report: ${report}`);
    for (const text of ['created <b>2</b>', 'rejected <b>2</b>', '<b>2 rows</b> field <code>email</code>']) {
      expect(page).toContain(text);
    }
    for (const value of ['C-2', 'C-4', 'alert', 'not an address', 'acme.example']) expect(page).not.toContain(value);
  });

  it('opens with what was synced, from where, to which workspace and in whose name, and has the technical part last', async () => {
    const place = await Place.open();
    const { page } = await place.sync(people);
    const opening = page.slice(page.indexOf('<header>'), page.indexOf('</header>'));
    for (const text of [
      '<h1>rows',
      'upsert of contacts from <code>rows</code>',
      'duckdb:',
      place.server.url,
      ' UTC</time>',
    ]) {
      expect(opening).toContain(text);
    }
    expect(opening).toMatch(/<dt>In the name of<\/dt><dd>\S/);
    expect(opening).toMatch(/<dt>Workspace<\/dt><dd><code>\S/);
    expect(opening.match(/<li class="tile-/g)).toHaveLength(5);
    expect(page.indexOf('Rejected rows')).toBeLessThan(page.indexOf('<details class="technical">'));
    expect(page.indexOf('<details class="technical">')).toBeLessThan(page.indexOf('Calls over time'));
  });

  it('says which fields of records that were there have changed', async () => {
    const place = await Place.open({ data: { contacts: [{ email: 'ann@acme.example', title: 'CFO' }] } });
    const stream = { name: 'rows', table: 'rows', object: 'contacts', primary_key: 'id' };
    const { page } = await place.sync([{ id: 'C-1', email: 'ann@acme.example', title: 'CTO' }], { streams: [stream] });
    expect(page).toMatch(/Changed fields[\s\S]*<code>title<\/code><\/td><td data-name="records" class="number">1</);
    expect((await place.report()).page).toBe(page);
  });

  it('shows rows where that is asked for, as text and never as a part of the page', async () => {
    const place = await Place.open();
    const { page } = await place.sync(people, {}, true);
    expect(page).toContain('<summary><code>C-2</code>');
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script');
  });

  it('is the same when the state store tells of it later', async () => {
    const place = await Place.open();
    const first = await place.sync(people);
    const second = await place.sync([...people.slice(0, 3), { id: 'C-5', email: 'cy@acme.example' }]);
    expect(second.page).toContain('rejected by an earlier run, and unchanged since');
    const later = await place.report();
    expect(later.page).toContain('<b>1 row</b> rejected by an earlier run, and unchanged since');
    expect(later.page).toContain('those before');
    const { exit, page, said } = await place.report({ run: 'run-1' });
    expect([exit, page, said]).toEqual([0, first.page, 'Run run-1 (succeeded): /told.html\n']);
  });

  it('is there without a state store as well, and compares with nothing', async () => {
    const place = await Place.open();
    const { page } = await place.sync(people, { state: { type: 'none' } });
    expect(page).toContain('created <b>2</b>');
    expect(page).not.toContain('those before');
    expect((await place.sync(people)).page).not.toContain('those before');
    expect((await place.sync(people)).page).toContain('those before');
  });

  it('is there when the run failed, was deferred, or was stopped', async () => {
    const failed = await Place.open({
      trouble: [{ match: { path: 'contacts/bulk_create', nth: 2 }, fault: { kind: 'revoke-key' } }],
    });
    const { page: ofFailed } = await failed.sync(many, { state: { type: 'none' } });
    expect(ofFailed).toContain('class="status bad">failed');
    expect(ofFailed).toContain('class="error"');

    const deferred = await Place.open();
    const ended = await deferred.sync(people, { limits: { max_records: 1 } });
    expect([ended.exit, ended.page.includes('Deferred: 1 <code>run_limit</code>')]).toEqual([75, true]);
    expect(ended.page).toContain('Go on at');

    const run = new AbortController();
    const onApplied = () => run.abort(new Cancelled('SIGTERM'));
    const stopped = await Place.open({ onApplied });
    expect((await stopped.sync(people, {}, false, run)).page).toContain('class="status warn">cancelled');
  });

  it('of a run that waited shows the window that was full', async () => {
    const place = await Place.open({ plan: { minute: 2, hour: 100, day: 1000 } });
    const { page } = await place.sync(many, { concurrency: 1 });
    expect(page).toContain('<b>minute</b> up to 2 of 2');
    expect(page).toContain('<b>hour</b> up to 5 of 100');
    expect(page).toContain('<rect class="wait"');
    expect(page).toContain('The run waited');
  });

  it('that cannot be written is a notice, and the run is what it is without', async () => {
    const place = await Place.open();
    writeFileSync(`${place.folder}/pages`, '');
    const { exit, page, said } = await place.sync(people);
    expect([exit, page]).toEqual([0, '']);
    expect(said).toContain('warning: The report cannot be written: ');
  });
});

describe('report', () => {
  it('names the runs that are there when the one asked for is not', async () => {
    const place = await Place.open();
    await place.sync(people);
    await place.sync(people);
    expect(await place.report({ run: 'x' })).toMatchObject({
      exit: 2,
      said: '--run x: the state store has no such run; the last ones are run-2, run-1. [unknown_run]\n',
    });
    expect((await place.report({ run: 'run-' })).said).toMatch(
      /more than one run has an id that begins so, such as run-2, run-1/,
    );
  });

  it('says where it looked when there is no state store, or none to look for', async () => {
    const place = await Place.open();
    expect(await place.report()).toMatchObject({ exit: 2, said: expect.stringContaining('no state store at /state') });
  });

  it('looks where a configuration that names no state store keeps it', () => {
    const { config } = apollo.configure(
      {
        streams: [{ name: 'a', table: 'a', object: 'contacts' }],
        source: { type: 'duckdb' },
        credentials: { auth_type: 'api_key', api_key: 'k' },
      },
      'sync',
      {},
    );
    expect(defaultStatePath('destination-apollo')).toBe(stateAt(config.state));
  });
});

describe('anything in a report', () => {
  it('is escaped', () => {
    const evil = '"><img src=x onerror=alert(1)>&\'';
    const report: RunReport = JSON.parse(JSON.stringify(filled).replaceAll('EVIL', JSON.stringify(evil).slice(1, -1)));
    for (const showValues of [true, false]) {
      const text = page(report, { showValues });
      expect(text).not.toContain('<img');
      expect(text).not.toMatch(/=""|"">/);
    }
  });
});

it('stays below 1 MB, whatever was rejected', () => {
  const text = '"'.repeat(100_000);
  const example = { primary_key: 'C', message: text, destination_id: text, record: { text } };
  const group = { ...filled.rejects[0]!, examples: [example, example, example] };
  const rejects = Array.from({ length: 1000 }, (_, i) => ({ ...group, code: `code_${i}` }));
  expect(page({ ...filled, rejects }, { showValues: true }).length).toBeLessThan(1_000_000);
});

const series = { from: 0, stepMs: 1000, values: { EVIL: [1, 2] } };
const filled: RunReport = {
  program: 'EVIL',
  about: {
    source: 'EVIL',
    streams: [{ name: 'EVIL', from: 'EVIL' }],
    address: 'EVIL',
    workspace: 'EVIL',
    acts_as: 'EVIL',
    by: 'EVIL',
  },
  changed: [{ stream: 'EVIL', field: 'EVIL', records: 1 }],
  run: {
    id: 'EVIL',
    status: 'failed',
    startedAt: 0,
    finishedAt: 1,
    retryAt: null,
    error: 'EVIL',
    notices: [{ code: 'EVIL', message: 'EVIL' }],
  },
  streams: [
    {
      name: 'EVIL',
      object: 'EVIL',
      mode: 'EVIL',
      read: 1,
      created: 0,
      updated: 0,
      unchanged: 0,
      skipped: 0,
      superseded: 0,
      rejected: 1,
      deferred: 1,
      deferred_in_apollo: 1,
      dropped_values: 1,
      reject_codes: { EVIL: 1 },
      deferred_codes: { EVIL: 1 },
      dropped_codes: { EVIL: { EVIL: 1 } },
    },
  ],
  rejects: [
    {
      stream: 'EVIL',
      code: 'EVIL',
      field: 'EVIL',
      endpoint: 'EVIL',
      http_status: 1,
      isKnown: false,
      rows: 1,
      examples: [
        { primary_key: 'EVIL', message: 'https://EVIL.example/EVIL', destination_id: 'EVIL', record: { EVIL: 'EVIL' } },
      ],
    },
  ],
  calls: {
    waits: [{ from: 0, until: 1000 }],
    totals: [
      {
        request: 'EVIL',
        calls: 1,
        records: 1,
        medianMs: 1,
        p95Ms: 1,
        again: 0,
        rateLimited: 0,
        errors: 0,
        unanswered: 0,
      },
    ],
    overTime: series,
    windows: [{ action: 'EVIL', window: 'EVIL', peak: 1, overTime: { ...series, values: { used: [1] } } }],
    costs: [{ field: 'EVIL', request: 'EVIL', calls: 1, alone: 1, of: 1 }],
    slowest: [{ request: 'EVIL', startedAt: 0, ms: 1, attempt: 1 }],
  },
  quota: [{ action: 'EVIL', window: 'EVIL', limit: 1, used: 1 }],
  earlier: [
    {
      id: 'EVIL',
      status: 'EVIL',
      startedAt: 0,
      finishedAt: 1,
      read: 1,
      written: 1,
      rejected: 1,
      deferred: 1,
      calls: 1,
    },
  ],
};
