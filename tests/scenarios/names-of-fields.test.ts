import { describe, expect, test } from 'vitest';
import { apollo as destination } from '../../connector/apollo.ts';
import type { Said } from '../../runtime/commands/shared/said.ts';
import { storedReport } from '../../runtime/state/runs/stored-report.ts';
import { previewText } from '../../runtime/text/present-preview.ts';
import { type AskedCommand, ask } from '../support/ask.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { runPreview, runSync } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

// A custom field by its label, an alias, and a field by its own name; none of them is to be told as another.
const mapping = [
  { to: 'Work_Email', from: 'email' },
  { to: 'custom:Lead Score', from: 'score' },
  { to: 'company', from: 'employer' },
  { to: 'title', from: 'title' },
];
const shown = ['Work_Email', 'company', 'custom:Lead Score', 'title'];
/** What requests and the state store call them, and no person should read. */
const internal = /custom:[0-9a-f]{24}|organization_name/;

const person = (id: string, more: TestRow = {}): TestRow => ({
  id,
  email: `${id}@company.example`,
  score: '1',
  employer: 'Acme',
  title: 'CTO',
  ...more,
});
const stream = { primary_key: 'id', mapping };

/** A first run creates a record, and a second one changes all of it; then the store is asked. */
async function twoRuns() {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock });
  const runs = new Runs(apollo, { clock, stream });
  await runs.sync([person('a')], { runId: 'monday' });
  const rows = [person('a', { score: '2', employer: 'Bolt', title: 'CEO' })];
  const preview = await runs.preview(rows);
  await runs.sync(rows, { runId: 'tuesday' });
  const asked = (command: AskedCommand, more: readonly TestRow[] = rows): Promise<Said> =>
    ask(
      { ...command, config: 'F' },
      {
        destination: async () => destination,
        configured: async () => destination.configure((await runs.configuration(more)).json, 'sync', {}),
        stateAt: async () => runs.state,
        source: { temporaryDirectory: runs.folder },
        dependencies: { clock, environment: {}, version: '0.0.0', notice: () => undefined },
        run: new AbortController(),
      },
    );
  return { apollo, runs, preview, asked };
}

describe('people read the names that the mapping has for fields', () => {
  test('in rejects and their messages', async () => {
    const apollo = await startApollo();
    const rows = [
      person('a', { score: 'many' }),
      person('b', { email: 'nonsense' }),
      person('c', { employer: `x\u0001` }),
      person('d', { email: null, employer: null }),
    ];
    const { rejects } = await runSync({ apollo, rows, stream });
    expect(rejects.map(({ field, message }) => [field, message.split(/[: ]/)[0]])).toEqual([
      ['custom:Lead Score', 'custom'],
      ['Work_Email', 'Work_Email'],
      ['company', 'company'],
      ['Work_Email', 'Work_Email'],
    ]);
    for (const { field, message } of rejects) expect(message.startsWith(field!)).toBe(true);
  });

  test('in a value that was left out', async () => {
    const apollo = await startApollo();
    const rows = [person('a', { score: 'many', employer: '\u0001' })];
    const setup = { apollo, rows, stream: { ...stream, on_invalid: 'drop' } };
    const dropped = { invalid_value: { 'custom:Lead Score': 1, company: 1 } };
    expect((await runPreview(setup)).streams[0]!.dropped_codes).toEqual(dropped);
    expect((await runSync(setup)).summary.streams[0]!.dropped_codes).toEqual(dropped);
  });

  test('in what Apollo refuses, or does not take', async () => {
    const field = '60c39ed82bd02f0115000300';
    const apollo = await startApollo({
      quirks: { customFieldErrors: 'silent' },
      data: { contacts: [{ email: 'a@company.example' }] },
      trouble: [
        {
          match: { path: 'contacts/update', method: 'PATCH', nth: 1 },
          fault: {
            kind: 'status',
            status: 422,
            body: { error: 'Validation failed', error_details: { field: 'organization_name', message: 'Too long' } },
          },
        },
      ],
    });
    expect(apollo.store.fields.get(field)).toBeDefined();
    const { rejects } = await runSync({ apollo, rows: [person('a')], stream });
    expect(rejects.map(({ code, field }) => [code, field])).toEqual([['apollo_rejected', 'company']]);
  });

  test('in a preview and in the summary of a run: changes and costs', async () => {
    const apollo = await startApollo({ data: { contacts: [{ email: 'a@company.example' }] } });
    const setup = { apollo, rows: [person('a')], stream };
    const preview = await runPreview(setup);
    expect(Object.keys(preview.streams[0]!.changed_fields).sort()).toEqual(shown);
    expect([...new Set(preview.costs.map(({ field }) => field))].sort()).toEqual(shown);
    expect(previewText(preview)).not.toMatch(internal);
    const { summary } = await runSync(setup);
    expect(summary.costs!.map(({ field }) => field).sort()).toEqual(shown.slice(1));
    expect(JSON.stringify(summary)).not.toMatch(internal);
  });

  test('in history, explain and the report, long after', slow, async () => {
    const { apollo, runs, preview, asked } = await twoRuns();
    const changed = shown.slice(1);
    expect(Object.keys(preview.streams[0]!.changed_fields).sort()).toEqual(changed);
    const history = await asked({ name: 'history', costs: true });
    for (const name of changed) expect(history.text).toContain(name);
    const report = await storedReport({ path: runs.state, runId: 'tuesday' }, { temporaryDirectory: runs.folder });
    expect(report.changed.map(({ field }) => field).sort()).toEqual(changed);
    const explain = await asked({ name: 'explain', stream: 'rows', key: 'a' }, [person('a', { score: '3' })]);
    expect(explain.text).toContain('confirmed: Work_Email, custom:Lead Score, company, title');
    expect(explain.text).toContain('writing custom:Lead Score');
    const undo = await asked({ name: 'undo', run: 'tuesday' });
    for (const name of changed) expect(undo.text).toContain(name);
    for (const { text, json } of [history, explain, undo]) expect(text + JSON.stringify(json)).not.toMatch(internal);
    // What is kept and sent goes by the names of Apollo.
    expect(await runs.query(`select distinct field from changes order by field`)).toEqual(
      ['custom:60c39ed82bd02f0115000300', 'organization_name', 'title'].map((field) => ({ field })),
    );
    expect([...apollo.store.contacts.values()]).toHaveLength(1);
  });
});
