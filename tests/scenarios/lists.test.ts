import { describe, expect, test } from 'vitest';
import { idOf, play, type Scenario } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const addToLists = 'POST labels/add_entity_ids_to_label_names';
const map = [
  { to: 'email', from: 'email' },
  { to: 'lists', from: 'tags' },
];

const scenarios: Scenario[] = [
  {
    name: 'existing contacts of different lists go in requests of their own, and none gets the lists of another',
    stream: { mapping: map },
    holds: { contacts: ['a', 'b', 'c'].map((name) => ({ email: `${name}@acme.example` })) },
    rows: [
      { email: 'a@acme.example', tags: ['Red'] },
      { email: 'b@acme.example', tags: ['Blue', 'Green'] },
      { email: 'c@acme.example', tags: ['Green', 'Blue'] },
    ],
    outcomes: ['updated', 'updated', 'updated'],
    calls: { [create]: 2, [addToLists]: 2 },
    after: [
      { email: 'a@acme.example', lists: ['Red'] },
      { email: 'b@acme.example', lists: ['Blue', 'Green'] },
      { email: 'c@acme.example', lists: ['Blue', 'Green'] },
    ],
  },
  {
    name: 'records of which Apollo knows none are not acknowledged',
    stream: { mode: 'update', apollo_id: 'id', lists: ['Red'], mapping: [] },
    rows: [{ id: idOf(1) }, { id: idOf(2) }],
    outcomes: ['rejected not_acknowledged', 'rejected not_acknowledged'],
    calls: { [addToLists]: 3 },
    after: [],
  },
  {
    name: 'a retried request adds no record twice',
    stream: { lists: ['Red'], mapping: map.slice(0, 1) },
    holds: { contacts: [{ email: 'a@acme.example' }] },
    trouble: [
      { match: { path: 'labels/add_entity_ids_to_label_names', nth: 1 }, fault: { kind: 'applied-then-drop' } },
    ],
    rows: [{ email: 'a@acme.example' }],
    outcomes: ['updated'],
    calls: { [create]: 1, [addToLists]: 2 },
    retries: 1,
    after: [{ email: 'a@acme.example', lists: ['Red'] }],
  },
];

describe('lists', () => {
  test.each(scenarios)('$name', async (scenario) => {
    const { emulator } = await play(scenario);
    expect(emulator.store.labels.byName('Red', 'contacts')?.members.size ?? 0).toBeLessThanOrEqual(1);
  });
});
