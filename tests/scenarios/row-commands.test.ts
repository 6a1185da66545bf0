import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { storedReport } from '../../runtime/state/runs/stored-report.ts';
import { askOf } from '../support/ask-runs.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { slow, sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { day, failure, mapping, person, second, sharedRuns, twoRuns } from './two-runs.ts';

const rejects = { name: 'rejects' } as const;

const two = sharedRuns();

describe('rejects', () => {
  test('says what stands rejected now, by code, and shows no value', async () => {
    const { ask } = two.shared;
    const { text, json } = await ask({ ...rejects });
    expect(text).toMatchInlineSnapshot(`
      "Rejected as things stand: 1 row.

      stream  code           rows  last (UTC)
      rows    invalid_email     1  2026-01-05 09:00

      invalid_email: for example: email: expected one e-mail address; received text of 3 characters.
        What to do: correct the address in the source, or null it where the field is optional.

      --show-values lists the rows, with their keys and values; --to FILE writes them to a file."
    `);
    expect(json).toMatchObject([{ type: 'reject', stream: 'rows', code: 'invalid_email', run_id: 'monday' }]);
    expect(JSON.stringify([text, json])).not.toMatch(/bad|nonsense|"d"|Ann/);
  });

  test('lists rows with their values where that is asked for', async () => {
    const { ask } = two.shared;
    const { text, json } = await ask({ ...rejects, showValues: true });
    expect(text).toContain('{"id":"d","email":"bad","first_name":"Ann d","title":"CTO"}');
    expect(json).toMatchObject([{ primary_key: 'd', record: { email: 'bad' } }]);
  });

  test.each([
    ['all runs', { all: true }, 2],
    ['a run, by the beginning of its id', { run: 'mon' }, 2],
    ['a run that rejected nothing again', { run: 'tuesday' }, 0],
    ['a code', { all: true, code: 'invalid_phone' }, 0],
    ['a stream', { all: true, stream: 'rows' }, 2],
    ['a code of the destination', { all: true, code: 'apollo_rejected' }, 0],
    ['a time', { all: true, since: '2026-01-01T00:00:00.000' }, 2],
    ['a time that is to come', { all: true, since: '2126-01-01T00:00:00.000' }, 0],
  ])('can be of %s', async (_, filter, rows) => {
    const { ask } = two.shared;
    expect((await ask({ ...rejects, ...filter })).json).toHaveLength(rows);
  });

  test.each([
    ['a code that there is not', { code: 'nonsense' }, '--code nonsense: no such code; there are invalid_email'],
    [
      'a code that is nearly one',
      { code: 'invalid_emial' },
      '--code invalid_emial: no such code; did you mean invalid_email?',
    ],
    [
      'a stream that is not known',
      { stream: 'others' },
      '--stream others: nothing is known of it; the state store knows rows.',
    ],
    [
      'a run that is nearly one',
      { run: 'tuseday' },
      '--run tuseday: the state store has no such run; did you mean tuesday?',
    ],
    [
      'a run that is not there',
      { run: 'xyz123' },
      '--run xyz123: the state store has no such run; the last ones are tuesday, monday.',
    ],
  ])('of %s are refused, with what was meant', async (_, filter, message) => {
    const { ask } = two.shared;
    expect(await failure(ask({ ...rejects, ...filter }))).toBe(message);
  });

  test('has rows without a primary key as long as the last run rejects them', slow, async () => {
    const { ask, runs } = await twoRuns();
    const nameless = { ...person('x'), id: null };
    await runs.sync([...second, nameless], { runId: 'wednesday' });
    expect((await ask({ ...rejects, code: 'missing_primary_key' })).json).toHaveLength(1);
    await runs.sync([...second, nameless], { runId: 'thursday' });
    expect((await ask({ ...rejects, code: 'missing_primary_key' })).json).toMatchObject([{ run_id: 'thursday' }]);
    // Who undoes a run reads no row.
    await runs.sync(second, { undone: 'tuesday', runId: 'back' });
    expect((await ask({ ...rejects, code: 'missing_primary_key' })).json).toMatchObject([{ run_id: 'thursday' }]);
    await runs.sync(second, { runId: 'friday' });
    expect((await ask({ ...rejects, code: 'missing_primary_key' })).json).toEqual([]);
  });

  test.each(['csv', 'jsonl', 'parquet'] as const)(
    'are written to a file as %s that only its owner can read',
    async (format) => {
      const { ask, runs } = two.shared;
      const path = join(runs.folder, `out.${format}`);
      const { text } = await ask({ ...rejects, all: true, to: path, format });
      expect(text).toBe(`2 rows written to ${path} (${format}). The file holds values: only you can read it.`);
      expect((statSync(path).mode & 0o777).toString(8)).toBe('600');
      const read = { csv: 'read_csv', jsonl: 'read_json', parquet: 'read_parquet' }[format];
      const email = format === 'csv' ? 'email' : "json_extract_string(cast(record as json), '$.email')";
      expect(
        await runs.query(`select primary_key, code, ${email} as email
        from ${read}('${path}') order by primary_key`),
      ).toEqual([
        { primary_key: 'c', code: 'invalid_email', email: 'nonsense' },
        { primary_key: 'd', code: 'invalid_email', email: 'bad' },
      ]);
    },
  );

  test('as JSON lines are the very lines of the rejects file', async () => {
    const { ask, runs } = two.shared;
    const path = join(runs.folder, 'out.jsonl');
    await ask({ ...rejects, all: true, to: path, format: 'jsonl' });
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.sort()).toEqual([...runs.rejects()].sort());
  });

  test('as CSV have the columns of their rows beside the reason, whatever those are called', async () => {
    const clock = new EmulatorClock();
    const runs = new Runs(await startApollo({ clock }), { clock, stream: { primary_key: 'id', mapping } });
    const row = person('a', { email: 'nonsense', Code: 'LHR', "a/b~c 'd'": '0042', row_code: 'x' });
    await runs.sync([row, { ...person('b'), Code: 'ORD', "a/b~c 'd'": null, row_code: null }]);
    const path = join(runs.folder, 'flat.csv');
    await askOf(runs, clock)({ ...rejects, to: path, format: 'csv' });
    const [head, ...lines] = readFileSync(path, 'utf8').trim().split('\n');
    expect(head).toBe(
      'run_id,stream,primary_key,code,message,field,endpoint,http_status,attempts,retryable,at,destination_id,' +
        "id,email,first_name,title,row_Code,a/b~c 'd',row_row_code",
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/,a,nonsense,Ann a,CTO,LHR,0042,x$/);
  });

  test('that cannot be written leave nothing behind', async () => {
    const { ask, runs } = two.shared;
    mkdirSync(join(runs.folder, 'taken.csv'));
    const before = readdirSync(runs.folder);
    for (const path of ['taken.csv', 'missing/out.csv'].map((name) => join(runs.folder, name))) {
      const message = await failure(ask({ ...rejects, to: path, format: 'csv' }));
      expect(message).toMatch(`--to: ${path} cannot be written: `);
    }
    expect(readdirSync(runs.folder)).toEqual(before);
  });
});

describe('a row for which Apollo has matched another record', () => {
  test('is rejected under the id of that record, wherever it is shown', async () => {
    const clock = new EmulatorClock();
    const emulator = await startApollo({ clock });
    const name = { first_name: 'Ann', last_name: 'Lee', organization_name: 'Acme' };
    emulator.seed({ contacts: [{ ...name, email: 'other@acme.example' }] });
    const other = [...emulator.store.contacts.values()][0]!.id;
    const all = ['email', ...Object.keys(name)].map((to) => ({ to, from: to }));
    const runs = new Runs(emulator, { clock, stream: { primary_key: 'id', mapping: all } });
    const row = { id: 'x', email: 'ann@acme.example', ...name };
    await runs.sync([row], { runId: 'one' });
    await runs.sync([row], { runId: 'two' });

    const address = `https://app.apollo.io/#/contacts/${other}`;
    const [line] = runs.rejects().map((text) => JSON.parse(text));
    expect(line).toMatchObject({ code: 'match_conflict', destination_id: other });
    expect(line.message).toContain(address);
    const ask = askOf(runs, clock);
    expect((await ask(rejects)).json).toMatchObject([{ code: 'match_conflict', destination_id: other }]);
    const { text, json } = await ask({ name: 'explain', stream: 'rows', key: 'x', showValues: false });
    // The record is another one's: it is not the row's own.
    expect(json).toMatchObject([{ known: { destination_id: null }, outcomes: [{ destination_id: other }] }]);
    expect(text).toContain(address);
    expect(text).toContain(`The record at the destination: ${other}`);
    for (const runId of ['one', 'two']) {
      const { rejects: groups } = await storedReport({ path: runs.state, runId }, { temporaryDirectory: runs.folder });
      expect(groups).toMatchObject([{ code: 'match_conflict', examples: [{ destination_id: other }] }]);
    }
  });
});

describe('explain', () => {
  const explain = { name: 'explain', stream: 'rows', showValues: false } as const;

  test('tells every outcome that a row had, and what is known of it', async () => {
    const { ask } = two.shared;
    const { text, json } = await ask({ ...explain, key: 'a' });
    expect(text.replace(/\w{24}/, 'ID')).toMatchInlineSnapshot(`
      "Last outcome: updated, at 2026-01-06T09:00:00.000Z, in the run tuesday.

      id at the destination: ID
      match key: hidden
      confirmed: email, first_name, title
      Values are hidden: --show-values prints them.

      outcomes (UTC)    run      outcome  code
      2026-01-06 09:00  tuesday  updated
      2026-01-05 09:00  monday   created

      With --config, this also looks the row up in the source."
    `);
    expect(json).toMatchObject([
      {
        outcomes: [{ outcome: 'updated' }, { outcome: 'created' }],
        known: { fields: ['email', 'first_name', 'title'] },
      },
    ]);
    expect(JSON.stringify([text, json])).not.toMatch(/@|CEO|Ann/);
    expect((await ask({ ...explain, key: 'a', showValues: true })).text).toContain('"title":"CEO"');
  });

  sweepOver(['id', 'cast(id as double) as id'])(
    'says of rows whose match keys have moved what the next run does with them (%s), and so does a preview',
    async (key) => {
      const clock = new EmulatorClock();
      const emulator = await startApollo({ clock });
      const query = `select ${key}, * exclude (id) from rows order by all`;
      const runs = new Runs(emulator, { clock, stream: { primary_key: 'id', table: undefined, query } });
      const row = (id: number, who: string) => ({ id, email: `${who}@own.example`, title: `of ${who}` });
      const others = Array.from({ length: 17 }, (_, i) => row(5 + i, `p${i}`));
      await runs.sync([row(1, 'ann'), row(2, 'bo'), row(3, 'cy'), ...others]);
      // Two are swapped, a third has a new address, and a new row has the address that this one had.
      const rows = [row(1, 'bo'), row(2, 'ann'), row(3, 'dee'), row(4, 'cy'), ...others];
      const ask = askOf(runs, clock);
      const next = async (id: number) => {
        const text = key === 'id' ? `${id}` : `${id}.0`;
        const [said] = (await ask({ ...explain, key: String(Number(text)) }, rows)).json as readonly {
          next_run?: { outcome: string; calls: string[] };
        }[];
        return [said?.next_run?.outcome, ...(said?.next_run?.calls ?? [])];
      };
      expect([await next(1), await next(3), await next(4), await next(5)]).toEqual([
        ['unchanged'],
        ['updated', 'POST contacts/search', 'PATCH contacts/{id}'],
        ['created', 'POST contacts/bulk_create'],
        ['unchanged'],
      ]);
      const { calls } = await runs.preview(rows);
      const ended = await runs.sync(rows);
      expect(ended.counts).toEqual({ unchanged: 19, updated: 1, created: 1 });
      for (const [request, made] of Object.entries(ended.calls)) {
        expect([request, calls[request]!.min <= made && made <= calls[request]!.max]).toEqual([request, true]);
      }
      expect(calls['PATCH contacts/{id}']).toMatchObject({ min: 1 });
    },
  );

  test('keeps the last eleven outcomes of a row, and none for a row in which nothing is new', slow, async () => {
    const { ask, runs, clock } = await twoRuns();
    for (let i = 0; i < 12; i++) {
      clock.advance(day);
      const { counts } = await runs.sync([person('a', { title: `T${i}` }), person('b')], { runId: `run ${i}` });
      expect(counts).toEqual({ updated: 1, unchanged: 1 });
    }
    const { outcomes } = (await ask({ ...explain, key: 'a' })).json[0]!;
    expect((outcomes as { run_id: string }[]).map(({ run_id }) => run_id)).toEqual(
      Array.from({ length: 11 }, (_, i) => `run ${11 - i}`),
    );
    expect((await ask({ ...explain, key: 'b' })).json).toMatchObject([{ outcomes: [{ run_id: 'monday' }] }]);
  });

  test.each<[string, string, readonly TestRow[], object]>([
    ['that is as it was', 'b', second, { outcome: 'unchanged', fields: [], calls: [] }],
    [
      'that has changed',
      'b',
      [person('b', { title: 'COO' })],
      { outcome: 'updated', fields: ['title'], calls: ['PATCH contacts/{id}'] },
    ],
    ['that is refused', 'd', second, { outcome: 'rejected', code: 'invalid_email', calls: [] }],
    [
      'that is new',
      'n',
      [person('n')],
      { outcome: 'created', calls: ['POST contacts/bulk_create'], if_there: { outcome: 'updated' } },
    ],
    [
      'that a later row supersedes',
      'a',
      [...second, person('z', { email: 'a@company.example' })],
      { outcome: 'superseded', calls: [] },
    ],
    ['of which there are two', 'n', [person('n'), person('n', { email: 'bad' })], { rows: 2, outcome: 'rejected' }],
    ['that is gone', 'a', [person('b')], { type: 'absent' }],
  ])('says what the next run would do with a row %s', async (_, key, rows, next) => {
    const { ask, emulator } = two.shared;
    const before = JSON.stringify([...emulator.store.contacts.values()]);
    expect((await ask({ ...explain, key }, rows)).json).toMatchObject([{ next_run: next }]);
    expect(JSON.stringify([...emulator.store.contacts.values()])).toBe(before);
  });

  test('says that the next run sees to a row that is gone, until it has', slow, async () => {
    const removed = { on_removed: { set_field: { to: 'title', value: 'Gone' } }, max_removed_percent: 100 };
    const { ask, runs } = await twoRuns(undefined, removed);
    const left = second.slice(1);
    const said = async () => (await ask({ ...explain, key: 'a' }, left)).text;
    expect(await said()).toContain('the next run does what the stream says of removed rows');
    expect(await runs.sync(left)).toMatchObject({ removed: { updated: 1 } });
    expect(await said()).toContain('the next run has nothing to send for it');
  });

  test('and that run does as was said', slow, async () => {
    const { ask, runs } = await twoRuns();
    const rows = [...second.slice(1), person('a', { title: 'COO' })];
    const { text } = await ask({ ...explain, key: 'a' }, rows);
    expect(text).toContain('The next run: updated, writing title, by PATCH contacts/{id}.');
    expect((await runs.sync(rows)).calls).toEqual({ 'PATCH contacts/{id}': 1 });
  });

  test('of a row that no run has come to says which rows the last run left', slow, async () => {
    const { ask, runs } = await twoRuns();
    await runs.sync([...second, person('e'), person('f')], { runId: 'short', config: { limits: { max_records: 1 } } });
    const { text } = await ask({ ...explain, key: 'f' });
    expect(text).toContain('The last run of rows (short) left rows deferred: 1 run_limit. This may be one of them.');
    expect((await ask({ ...explain, stream: 'nope', key: 'f' })).text).toContain('the state store knows rows.');
  });
});
