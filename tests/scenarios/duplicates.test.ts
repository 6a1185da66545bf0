import { expect, test } from 'vitest';
import { askOf } from '../support/ask-runs.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import { idOf } from './scenario.ts';

test('records that share an address are listed by the inventory, and the run writes to the oldest', async () => {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const runs = new Runs(emulator, { clock });
  const address = { email: 'ann@acme.example', title: 'CTO' };
  emulator.seed({ contacts: [{ ...address, id: idOf(2), created_at: clock.now() - 2_000 }] });
  emulator.seed({ contacts: [{ ...address, id: idOf(1), created_at: clock.now() - 1_000 }] });
  emulator.seed({ contacts: [{ email: 'bo@acme.example', id: idOf(3) }] });
  clock.advance(60_000);
  await runs.sync([{ email: 'ann@acme.example', title: 'CEO' }]);
  expect(emulator.store.contacts.get(idOf(2))!.title).toBe('CEO');
  clock.advance(60_000);
  await runs.inventory();
  const ask = askOf(runs, clock);
  const said = await ask({ name: 'duplicates' });
  expect(said.json).toEqual([
    {
      ...{ type: 'duplicates', object: 'contacts', key: null },
      records: [
        expect.objectContaining({ id: idOf(2), stream: 'rows', primary_key: 'ann@acme.example' }),
        expect.objectContaining({ id: idOf(1), stream: null, primary_key: null }),
      ],
    },
  ]);
  expect(said.text).not.toContain('ann@acme.example');
  expect((await ask({ name: 'duplicates', showValues: true })).text).toContain('email:ann@acme.example');
});
