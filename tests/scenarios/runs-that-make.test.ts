import { describe, expect, test } from 'vitest';
import { apollo as connector } from '../../connector/apollo.ts';
import { planOf } from '../../runtime/run/preview/plan-file.ts';
import { ask } from '../support/ask.ts';
import { API_KEY } from '../support/emulator.ts';
import { refusal } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { entry, made, rows, setting, stream } from './makings.ts';
import { mapped, people } from './scenario.ts';

describe('a run that makes something', () => {
  test('sends nothing for it again once it is there', async () => {
    const { apollo, clock } = await setting();
    const runs = new Runs(apollo, { clock, stream });
    await runs.sync(rows);
    const second = await runs.sync(rows);
    expect([second.counts, second.calls]).toEqual([{ unchanged: 3 }, {}]);
  });

  test('gives a new field to records that are there', async () => {
    const { apollo, clock } = await setting();
    const runs = new Runs(apollo, { clock, stream: { mapping: mapped('first_name') } });
    await runs.sync(rows);
    const second = await runs.sync(rows, { stream: { mapping: [...mapped('first_name'), entry] } });
    expect(second.counts).toEqual({ updated: 2, unchanged: 1 });
  });

  test('makes nothing where it is stopped by a guard', async () => {
    const { apollo, clock } = await setting();
    const { exit } = await refusal({ apollo, clock, rows, stream, config: { guards: { max_creates: 1 } } });
    expect([exit, made(apollo)]).toEqual([2, []]);
  });

  test('makes nothing where too many of its rows are gone', slow, async () => {
    const { apollo, clock } = await setting();
    const mirror = { mode: 'mirror', lists: ['Sync'] };
    const runs = new Runs(apollo, { clock, stream: { ...mirror, mapping: mapped('first_name') } });
    await runs.sync(people(10, () => ({ segment: 'x' })));
    const gone = runs.sync(
      people(2, () => ({ segment: 'x' })),
      { stream: { ...mirror, ...stream } },
    );
    await expect(gone).rejects.toThrow('max_removed_percent');
    expect(made(apollo)).toEqual([]);
  });

  test('is explained as it will be, and explaining makes nothing', async () => {
    const { apollo, clock } = await setting();
    const before = new Runs(apollo, { clock, stream: { mapping: mapped('first_name') } });
    await before.sync(rows);
    const after = new Runs(apollo, { clock, stream: { mapping: [...mapped('first_name'), entry] } }, before.folder);
    const { text } = await ask(
      { name: 'explain', stream: 'rows', key: 'person0@company0.example', config: 'F' },
      {
        destination: async () => connector,
        configured: async () => connector.configure((await after.configuration(rows)).json, 'sync', {}),
        stateAt: async () => after.state,
        source: { temporaryDirectory: after.folder },
        dependencies: { clock, environment: {}, version: '0.0.0', notice: () => {} },
        run: new AbortController(),
      },
    );
    expect(text).toContain('PATCH contacts/{id}');
    expect(made(apollo)).toEqual([]);
  });

  test('makes no more than its plan has', async () => {
    const { apollo, clock } = await setting();
    const tier = { mapping: mapped(['custom:Customer Tier', 'tier']), create_options: true };
    const runs = new Runs(apollo, { clock, stream: tier });
    const preview = await runs.preview(people(1, () => ({ tier: 'Platinum' })));
    const plan = planOf('plan.json', preview);
    const two = people(2, (i) => ({ tier: ['Platinum', 'Basic'][i]! }));
    await expect(runs.sync(two, { plan })).rejects.toThrow(
      '--plan plan.json: the run would make 2 options of custom field "Customer Tier" of contacts, and the plan has 1.',
    );
    const one = await runs.sync(two.slice(0, 1), { plan });
    expect(one.counts).toEqual({ created: 1 });
  });

  test('needs a key that may, which check proves without making anything', async () => {
    const scopes = ['fields/index', 'typed_custom_fields/index', 'users/api_profile', 'contacts/bulk_create'];
    const all = [...scopes, 'contacts/update', 'contacts/show'].map((scope) => `api/v1/${scope}`);
    const { apollo, clock } = await setting({ keys: [{ key: API_KEY, scopes: all }] });
    const options = { mapping: [...stream.mapping, ...mapped(['custom:Customer Tier', 'tier']).slice(1)] };
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: apollo.url,
      streams: [{ name: 'rows', object: 'contacts', ...options, create_options: true }],
    };
    const { config } = connector.configure(json, 'airbyte', {});
    const around = { clock, environment: {}, version: '0.0.0', notice: () => {} };
    const connection = connector.connect(config, around);
    const checked = connection.check(new AbortController().signal);
    await expect(checked).rejects.toThrow(/api\/v1\/fields\/create .*api\/v1\/fields\/update /);
    await connection.close();
    const { exit, message } = await refusal({ apollo, clock, rows, stream });
    expect([exit, made(apollo)]).toEqual([2, []]);
    expect(message).toContain('api/v1/fields/create');
  });

  test('is checked where the key may', async () => {
    const { apollo, clock } = await setting();
    const json = {
      credentials: { auth_type: 'api_key', api_key: API_KEY },
      api_base_url: apollo.url,
      streams: [{ name: 'rows', object: 'contacts', ...stream, create_options: true }],
    };
    const { config } = connector.configure(json, 'airbyte', {});
    const connection = connector.connect(config, { clock, environment: {}, version: '0.0.0', notice: () => {} });
    expect(await connection.check(new AbortController().signal)).toMatch(/^Apollo accepts the credentials[^.]*\.$/);
    await connection.close();
    expect([made(apollo), apollo.requests.count('fields/create')]).toEqual([[], 1]);
  });
});
