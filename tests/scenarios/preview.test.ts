import { describe, expect, test } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import { previewText } from '../../runtime/text/present-preview.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { runPreview, runSync, type Setup } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { idOf, people } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const show = 'GET contacts/{id}';
const profile = 'GET users/api_profile';
const companies = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ domain: `company${i}.example`, name: `Company ${i}` }));
const map = (...names: string[]) => names.map((name) => ({ to: name, from: name }));

/** What a preview says will be sent, and what the run then sends. */
async function both(setup: Setup & { apollo: Emulator }) {
  const preview = await runPreview(setup);
  const written = setup.apollo.requests.entries.filter(({ method }) => method !== 'GET');
  expect(written).toEqual([]);
  const { summary } = await runSync(setup);
  return { preview, calls: summary.calls, stream: summary.streams[0]! };
}

const exactly = (calls: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(calls).map(([call, count]) => [call, { min: count, max: count }]));

describe('a preview', () => {
  test('says how many rows with different names share a domain, or an address', async () => {
    const apollo = await startApollo();
    const rows = [
      { domain: 'https://www.a.example', name: 'A' },
      { domain: 'a.example', name: 'Another' },
      { domain: 'b.example', name: 'B Ltd' },
      { domain: 'B.example', name: 'b  LTD' },
      { domain: 'c.example', name: 'C' },
      { domain: 'c.example', name: null },
    ];
    const preview = await runPreview({ apollo, rows, stream: { object: 'accounts' } });
    expect(preview.streams[0]).toMatchObject({ superseded: 3, shared_keys: { key: 'a domain', rows: 2 } });
    expect(previewText(preview)).toContain('rows: 2 rows with different names share a domain');
    const people = await runPreview({
      apollo,
      rows: ['Ada', 'Bea', 'Bea'].map((first_name) => ({ email: 'info@a.example', first_name })),
    });
    expect(people.streams[0]!.shared_keys).toEqual({ key: 'an e-mail address', rows: 3 });
  });

  test('maps each row once, for both ways to write it and both bounds', async () => {
    const clock = new EmulatorClock();
    const runs = new Runs(await startApollo({ clock }), { clock });
    const rows = people(5);
    expect((await runs.preview(rows)).strategies).toHaveLength(2);
    expect(runs.mapped).toBe(5);
    await runs.sync(rows);
    await runs.preview([...rows.slice(1), ...people(7).slice(5)]);
    expect(runs.mapped).toBe(2);
  });

  test('counts each field of requests of one record, whatever the rows beside them change', async () => {
    const clock = new EmulatorClock();
    const mapping = map('email', 'first_name', 'title');
    const runs = new Runs(await startApollo({ clock }), { clock, stream: { mapping } });
    const rows = people(5).map((row) => ({ ...row, title: 'CTO' }));
    await runs.sync(rows);
    const changes = [
      { title: 'CEO' },
      { title: 'CEO' },
      { first_name: 'Bea' },
      { title: 'CEO', first_name: 'Bea' },
      {},
    ];
    const changed = rows.map((row, i) => ({ ...row, ...changes[i] }));
    const { costs } = await runs.preview(changed);
    const counted = costs.map(({ field, calls, alone }) => [field, calls.max, alone.max]);
    expect(counted).toEqual([
      ['title', 3, 2],
      ['first_name', 2, 1],
    ]);
    await runs.sync(changed);
    expect(runs.summary.costs!.map(({ field, calls, alone }) => [field, calls, alone])).toEqual(counted);
  });

  test('sends no more rows than limits.max_records, in each way', async () => {
    const clock = new EmulatorClock();
    const runs = new Runs(await startApollo({ clock }), { clock, config: { limits: { max_records: 3 } } });
    const preview = await runs.preview(people(5));
    expect(preview.streams[0]).toMatchObject({ deferred: 2, unknown: 3 });
    for (const { requests } of preview.strategies) expect(requests[show]?.max).toBe(3);
  });

  test('sends nothing that writes, and counts rows as the run does', async () => {
    const apollo = await startApollo();
    const rows = [...people(5), ...people(2), { email: 'no address' }, { email: null }];
    const { preview, stream } = await both({ apollo, rows });
    expect(preview.streams).toEqual([
      {
        name: 'rows',
        object: 'contacts',
        mode: 'upsert',
        strategy: 'individual',
        version: expect.any(String),
        read: 9,
        to_send: 5,
        new: { min: 0, max: 5 },
        changed: { min: 0, max: 5 },
        unchanged: 0,
        skipped: 0,
        superseded: 2,
        rejected: 2,
        deferred: 0,
        deferred_in_apollo: 0,
        unknown: 5,
        known: 0,
        known_changed: 0,
        changed_fields: {
          email: { min: 0, max: 5 },
          first_name: { min: 0, max: 5 },
          last_name: { min: 0, max: 5 },
        },
        clears: { min: 0, max: 0 },
        reject_codes: { invalid_email: 1, missing_required_field: 1 },
        dropped_values: 0,
        dropped_codes: {},
      },
    ]);
    const { read, superseded, rejected, reject_codes, created } = stream;
    expect({ read, superseded, rejected, reject_codes, created }).toEqual({
      read: 9,
      superseded: 2,
      rejected: 2,
      reject_codes: { invalid_email: 1, missing_required_field: 1 },
      created: 5,
    });
  });

  sweepOver([
    ['insert of accounts', { mode: 'insert', object: 'accounts' }, companies(250)],
    ['upsert that leaves what exists', { on_existing: 'skip', object: 'accounts' }, companies(250)],
    [
      'update',
      { mode: 'update', apollo_id: 'id', mapping: map('title') },
      people(7, (i) => ({ id: idOf(i), title: 'x' })),
    ],
    [
      'update of what bulk_update takes',
      { mode: 'update', apollo_id: 'id', mapping: map('linkedin_url'), lists: ['L'] },
      people(101, (i) => ({ id: idOf(i), linkedin_url: `https://linkedin.com/in/p${i}` })),
    ],
  ])('of %s counts the very requests that the run makes, since nothing is unknown', async (_, stream, rows) => {
    const contacts = people(110).map((person, i) => ({ ...person, id: idOf(i) }));
    const held = 'mode' in stream && stream['mode'] === 'update' ? contacts : [];
    const apollo = await startApollo({ data: { contacts: held } });
    const { preview, calls } = await both({ apollo, rows, stream });
    expect(preview.calls).toEqual(exactly(calls));
  });

  sweepOver([
    ['all new', 0],
    ['all there', 30],
    ['some of both', 11],
  ])('of an upsert gives a range that the run keeps to: %s', async (_, held) => {
    const rows = people(30, (i) => ({ title: 'CTO', mobile_phone: i % 3 === 0 ? '+1 202 555 0101' : null }));
    const apollo = await startApollo({ data: { contacts: people(held) } });
    const { preview, calls } = await both({ apollo, rows, stream: { lists: ['L'] } });
    expect(preview.calls).toEqual({
      [profile]: { min: 1, max: 1 },
      [create]: { min: 1, max: 1 },
      [show]: { min: 0, max: 30 },
      // A phone number takes a PATCH, unless the record is there and has it.
      [patch]: { min: 0, max: 30 },
      'POST labels/add_entity_ids_to_label_names': { min: 0, max: 1 },
    });
    expect(outside(preview.calls, calls)).toEqual([]);
  });

  sweepOver([
    ['upsert', {}],
    ['update', { mode: 'update', apollo_id: 'id' }],
  ])('of fill_blanks counts the updates that blanks may need: %s', async (_, more) => {
    const rows = people(6, (i) => ({ id: idOf(i), title: 'CTO', mobile_phone: '+1 202 555 0101' }));
    const contacts = people(6).map((person, i) => ({ ...person, id: idOf(i), ...(i % 2 === 0 && { title: 'CEO' }) }));
    const apollo = await startApollo({ data: { contacts } });
    const stream = { on_existing: 'fill_blanks', mapping: map('email', 'title', 'mobile_phone'), ...more };
    const { preview, calls } = await both({ apollo, rows, stream });
    expect(calls[patch]).toBe(6);
    expect(outside(preview.calls, calls)).toEqual([]);
  });

  test('counts the requests of owners and lists as they are grouped', async () => {
    const apollo = await startApollo();
    const owners = ['ada.reyes@emulator.example', 'bruno.lindqvist@emulator.example'];
    const rows = people(250, (i) => ({ owner: owners[i % 2]! }));
    const stream = { mode: 'insert', mapping: [...map('email'), { to: 'owner_id', from: 'owner' }] };
    const { preview, calls } = await both({ apollo, rows, stream });
    expect(preview.calls).toEqual({ ...exactly(calls), [show]: { min: 0, max: 250 } });
    expect(calls).toEqual({ [profile]: 1, 'GET users/search': 1, [create]: 4 });
  });
});

/** Kinds of requests that were made less or more often than estimated. */
const outside = (
  estimated: Readonly<Record<string, { min: number; max: number }>>,
  calls: Readonly<Record<string, number>>,
): readonly string[] =>
  [...new Set([...Object.keys(estimated), ...Object.keys(calls)])].filter((call) => {
    const { min, max } = estimated[call] ?? { min: 0, max: 0 };
    const made = calls[call] ?? 0;
    return made < min || made > max;
  });
