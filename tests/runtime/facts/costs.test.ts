import { expect, test } from 'vitest';
import { CallTally, costsOf } from '../../../runtime/facts/costs.ts';

const patch = 'PATCH people/{id}';

test('a field costs the calls that wrote it, and of them it could save those that wrote nothing else', () => {
  const made = [
    { request: patch, fields: ['phone'], calls: 3 },
    { request: patch, fields: ['phone', 'title'], calls: 2 },
    { request: patch, fields: ['title'], calls: 1 },
    { request: 'POST people/lists', fields: ['lists'], calls: 1 },
    { request: 'POST people', fields: null, calls: 9 },
  ];
  expect(costsOf(made)).toEqual([
    { field: 'phone', request: patch, calls: 5, alone: 3, of: 6 },
    { field: 'title', request: patch, calls: 3, alone: 1, of: 6 },
    { field: 'lists', request: 'POST people/lists', calls: 1, alone: 1, of: 1 },
  ]);
});

test('calls counted one by one cost as much as counted together', () => {
  const tally = new CallTally();
  for (const fields of [['phone'], ['phone', 'title'], ['phone'], undefined]) tally.add(patch, fields);
  expect(tally.costs).toEqual(
    costsOf([
      { request: patch, fields: ['phone'], calls: 2 },
      { request: patch, fields: ['phone', 'title'], calls: 1 },
      { request: patch, fields: null, calls: 1 },
    ]),
  );
});

test('a tally without some of its calls has the others', () => {
  const [all, some] = [new CallTally(), new CallTally()];
  for (const fields of [['phone'], ['phone', 'title'], ['phone'], undefined]) all.add(patch, fields);
  for (const fields of [['phone'], undefined]) some.add(patch, fields);
  expect(all.without(some)).toEqual([
    { request: patch, fields: ['phone'], calls: 1 },
    { request: patch, fields: ['phone', 'title'], calls: 1 },
  ]);
  expect(all.without(new CallTally())).toEqual([...all.counts]);
});
