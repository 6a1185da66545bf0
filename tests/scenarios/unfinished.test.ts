import { expect, test } from 'vitest';
import { apollo as apolloDestination } from '../../connector/apollo.ts';
import { previewText } from '../../runtime/text/present-preview.ts';
import { type AskedCommand, ask } from '../support/ask.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';

// A new contact gets its phone by a request of its own.
const person = (i: number): TestRow => ({
  id: String(i),
  email: `p${i}@company.example`,
  first_name: `Ann ${i}`,
  mobile_phone: `+1 415 555 01${String(i).padStart(2, '0')}`,
});
const people = Array.from({ length: 12 }, (_, i) => person(i));
const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';

async function setUp(more: Parameters<typeof startApollo>[0] = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock, ...more });
  const runs = new Runs(apollo, { clock, stream: { primary_key: 'id' }, config: { concurrency: 1 } });
  const said = async (asked: AskedCommand) => {
    const { json } = await runs.configuration(people);
    const session = {
      destination: async () => apolloDestination,
      configured: async () => apolloDestination.configure(json, 'sync', {}),
      stateAt: async () => runs.state,
      source: { temporaryDirectory: runs.folder },
      dependencies: { clock, environment: {}, version: '0.0.0', notice: () => undefined },
      run: new AbortController(),
    };
    return ask(asked, session);
  };
  return { apollo, runs, said };
}

test('records that a run creates and cannot finish are shown everywhere, and finished by the next run', async () => {
  const { apollo, runs, said } = await setUp();
  const stopped = await runs.sync(people, { runId: 'short', config: { limits: { max_calls: 5 } } });
  // The profile, one create of all, and three phones.
  expect(stopped).toMatchObject({ status: 'deferred', counts: { created: 3, deferred: 9 }, unfinished: 9 });
  expect(stopped.calls).toEqual({ [create]: 1, [patch]: 3 });
  expect(apollo.store.contacts.size).toBe(12);

  const store = { state: runs.state };
  const history = await said({ name: 'history', ...store });
  expect(history.json).toMatchObject([{ run_id: 'short', deferred: 9, deferred_in_apollo: 9 }]);
  expect(history.text).toContain('9 rows created, unfinished');
  const explained = await said({ name: 'explain', ...store, stream: 'rows', key: '11' });
  expect(explained.text).toContain(
    'Created, unfinished: the record is there, and a part of it is still to be written.',
  );
  const undo = await said({ name: 'undo', config: 'F', run: 'short' });
  expect(undo.json).toMatchObject([{ created: 3, created_unfinished: 9 }]);
  expect(undo.text).toContain('created 12, 9 of them unfinished');
  const preview = await runs.preview(people);
  expect(preview.streams).toMatchObject([{ new: { min: 9, max: 9 }, unchanged: 3, deferred_in_apollo: 9 }]);
  expect(previewText(preview)).toContain('Of the new rows 9 are created, unfinished');

  expect(await runs.sync(people)).toMatchObject({
    status: 'succeeded',
    counts: { created: 9, unchanged: 3 },
    calls: { [patch]: 9 },
    unfinished: 0,
  });
  expect(apollo.store.contacts.size).toBe(12);
});

test('rows of which nothing was sent, or that an earlier run has created, are not counted for this one', async () => {
  const { runs } = await setUp();
  expect(await runs.sync(people, { config: { limits: { max_calls: 1 } } })).toMatchObject({
    counts: { deferred: 12 },
    unfinished: 0,
  });
  await runs.sync(people, { config: { limits: { max_calls: 2 } } });
  expect(await runs.sync(people, { config: { limits: { max_calls: 1 } } })).toMatchObject({
    counts: { deferred: 12 },
    unfinished: 0,
  });
});

test('an existing record that was changed in part is unfinished as well', async () => {
  const { runs } = await setUp({
    data: { contacts: [{ email: 'p1@company.example', first_name: 'Amy', title: 'CFO' }] },
  });
  const row = { ...person(1), title: 'CTO' };
  const stream = { lists: ['Sync'] };
  const { counts, unfinished, calls } = await runs.sync([row], { stream, config: { limits: { max_calls: 3 } } });
  // It was found and patched; the list is still to come.
  expect([counts, unfinished, calls]).toEqual([{ deferred: 1 }, 1, { [create]: 1, [patch]: 1 }]);
});
