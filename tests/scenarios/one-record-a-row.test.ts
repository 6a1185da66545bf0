import { expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { identityFaults, type Told } from '../support/one-record-a-row.ts';
import { idOf } from './scenario.ts';

const ann = { id: idOf(1), email: 'ann@acme.example', title: 'CTO', contact_emails: [{ email: 'a@acme.example' }] };

test('the judge of one record a row sees what is wrong', async () => {
  const apollo = await startApollo({ data: { contacts: [ann] } });
  const row = { id: 'r1', email: 'ann@acme.example', title: 'CTO' };
  const judged = (...told: readonly Partial<Told>[]) =>
    identityFaults(
      apollo,
      { object: 'contacts', primary_key: 'id' },
      told.map((one) => ({ primaryKey: 'r1', row, outcome: 'updated', id: ann.id, ...one })),
    );
  expect(judged({})).toEqual([]);
  expect(judged({ row: { ...row, email: 'A@acme.example' } })).toEqual([]);
  expect(judged({ row: { ...row, title: 'CEO' }, outcome: 'rejected' })).toEqual([]);
  expect(judged({}, { primaryKey: 'r2', outcome: 'superseded' })).toEqual([]);
  expect(judged({}, { primaryKey: 'r2', outcome: 'skipped' })).toEqual([`r1 and r2 both have ${ann.id}`]);
  expect(judged({ row: { ...row, title: 'CEO' } })).toEqual([
    `r1 is updated, but title of ${ann.id} is "CTO", not "CEO"`,
  ]);
  expect(judged({ id: idOf(2) })).toEqual([`r1 is updated, but ${idOf(2)} is not there`]);
  const keys = 'email:ann@acme.example, email:a@acme.example';
  expect(judged({ row: { ...row, email: 'bo@acme.example' } })).toEqual([
    `r1 is updated, but ${ann.id} does not have email:bo@acme.example, but ${keys}`,
  ]);
  expect(judged({ outcome: 'rejected', matchKey: 'email:bo@acme.example' })).toEqual([
    `r1 is rejected, but ${ann.id} is not known by email:bo@acme.example, but by ${keys}`,
  ]);
});
