import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withDatabaseFile } from '../support/database-file.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { idOf } from './scenario.ts';

const rowOf = (n: number, title: string, email = `person${n}@company.example`): TestRow => ({
  key: `row ${n}`,
  email,
  first_name: `First${n}`,
  last_name: 'Last',
  organization_name: 'Acme',
  title,
});

test('a preview writes each row to a file, with what would happen, before and after, and a column to decide in', async () => {
  const clock = new EmulatorClock();
  const emulator = await startApollo({ clock });
  const runs = new Runs(emulator, { clock, stream: { updates: 'bulk', primary_key: 'key' } });
  await runs.sync([rowOf(1, 'CTO'), rowOf(2, 'CTO')]);
  emulator.seed({ contacts: [{ ...rowOf(3, 'CTO', 'another@address.example'), key: undefined, id: idOf(99) }] });
  clock.advance(60_000);
  const path = join(runs.folder, 'rows.csv');
  const rows = [rowOf(1, 'CTO'), rowOf(2, 'CEO'), rowOf(3, 'CFO'), rowOf(4, 'CFO'), rowOf(5, 'CTO', 'nonsense')];
  await runs.preview(rows, undefined, { exact: true, rows: path });
  const id = (n: number) => emulator.store.contacts.byEmail(`person${n}@company.example`)[0]!.id;
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(lines[0]).toBe('stream,primary_key,outcome,code,message,destination_id,conflict_id,changes,decision');
  const read = await withDatabaseFile(join(runs.folder, 'any.duckdb'), async (on) =>
    (
      await on.runAndReadAll(
        `select primary_key, outcome, code, destination_id, conflict_id, changes
         from read_csv('${path}', all_varchar = true) order by primary_key`,
      )
    ).getRows(),
  );
  expect(read).toEqual([
    ['row 1', 'unchanged', null, id(1), null, null],
    ['row 2', 'updated', null, id(2), null, 'title: CTO → CEO'],
    ['row 3', 'rejected', 'match_conflict', null, idOf(99), null],
    [
      ...['row 4', 'created', null, null, null],
      'email:  → person4@company.example; first_name:  → First4; last_name:  → Last; organization_name:  → Acme; title:  → CFO',
    ],
    ['row 5', 'rejected', 'invalid_email', null, null, null],
  ]);
});

test('a file of another kind is refused before anything is read', async () => {
  const clock = new EmulatorClock();
  const runs = new Runs(await startApollo({ clock }), { clock });
  const refused = runs.preview([rowOf(1, 'CTO')], undefined, { rows: 'rows.xlsx' });
  await expect(refused).rejects.toMatchObject({ code: 'invalid_target' });
});
