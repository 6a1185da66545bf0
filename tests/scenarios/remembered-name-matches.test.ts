import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';

const ann = { email: 'ann@acme.example', first_name: 'Ann', last_name: 'Lee', organization_name: 'Acme' };
/** Another person of that name and company, by which Apollo matches as well. */
const other = { ...ann, email: 'ann.lee@acme.example', title: 'CFO' };

async function setUp(config: Readonly<Record<string, unknown>> = {}) {
  const clock = new EmulatorClock();
  const apollo = await startApollo({ clock });
  apollo.seed({ contacts: [other] });
  const held = () => [...apollo.store.contacts.values()].map(({ email, title }) => ({ email, title }));
  return { apollo, held, runs: new Runs(apollo, { clock, config }) };
}

test('a name match is not remembered as the record of the row: the next change of the row does not overwrite it', async () => {
  const { runs, held } = await setUp();
  expect((await runs.sync([{ ...ann, title: 'CTO' }])).codes).toEqual({ match_conflict: 1 });
  expect((await runs.sync([{ ...ann, title: 'CEO' }])).codes).toEqual({ match_conflict: 1 });
  expect(held()).toEqual([{ email: other.email, title: 'CFO' }]);
});

test('nor is it remembered when it could not be looked at: the row is deferred and matched once more', async () => {
  const { apollo, runs, held } = await setUp({ retries: { max_retries: 0 } });
  apollo.addTrouble([
    { match: { method: 'GET', path: 'contacts/show', times: 1 }, fault: { kind: 'status', status: 503 } },
  ]);
  expect((await runs.sync([{ ...ann, title: 'CTO' }])).codes).toEqual({ apollo_unavailable: 1 });
  expect((await runs.sync([{ ...ann, title: 'CTO' }])).codes).toEqual({ match_conflict: 1 });
  expect(held()).toEqual([{ email: other.email, title: 'CFO' }]);
});
