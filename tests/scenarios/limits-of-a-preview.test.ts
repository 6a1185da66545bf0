import { describe, expect, test } from 'vitest';
import type { EmulatorOptions } from '../../emulator/server/options.ts';
import type { Preview } from '../../runtime/run/preview/preview.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { Runs } from '../support/stateful.ts';
import { people } from './scenario.ts';

const profile = 'GET users/api_profile';

/** Runs over one state store, and the requests that previews make. */
async function setting(options: EmulatorOptions, config: Readonly<Record<string, unknown>> = {}) {
  const apollo = await startApollo(options);
  const runs = new Runs(apollo, { clock: new EmulatorClock(), config: { rate_limits: { plan: 'auto' }, ...config } });
  const asked = () => apollo.requests.entries.map(({ method, path }) => `${method} ${path.replace('/api/v1/', '')}`);
  return { apollo, runs, asked };
}

/** The limits that a preview counts creates with: minute, hour, day. */
const limitsOf = ({ times: [time] }: Preview) =>
  time?.endpoints.find(({ request }) => request === 'POST contacts/bulk_create')?.windows.map(({ limit }) => limit);

describe('a preview with plan auto', () => {
  test.each([
    ['free', [50, 200, 600]],
    ['professional', [200, 400, 2000]],
    ['organization', [200, 600, 6000]],
  ] as const)('asks Apollo for its limits once: %s', async (plan, limits) => {
    const { runs, asked } = await setting({ plan });
    const preview = await runs.preview(people(3));
    expect(limitsOf(preview)).toEqual(limits);
    expect(asked()).toEqual([profile]);
    expect(preview.calls[profile]).toEqual({ min: 1, max: 1 });
    expect(runs.told).toEqual([]);
  });

  test('takes later what the state store remembers of a run', async () => {
    const { apollo, runs, asked } = await setting({ plan: 'organization' });
    await runs.sync(people(3));
    apollo.requests.clear();
    expect(limitsOf(await runs.preview(people(9)))).toEqual([200, 600, 6000]);
    // Whose store it is, is compared at each preview.
    expect(asked()).toEqual([profile]);
  });

  test('asks nothing where another answer has shown them', async () => {
    const { runs, asked } = await setting(
      { plan: 'organization' },
      {
        streams: [
          {
            name: 'rows',
            table: 'rows',
            object: 'contacts',
            mapping: [
              { to: 'email', from: 'email' },
              { to: 'stage', constant: 'New' },
            ],
          },
        ],
      },
    );
    expect(limitsOf(await runs.preview(people(3)))).toEqual([200, 600, 6000]);
    expect(asked()).toEqual(['GET contact_stages']);
  });

  test('asks nothing where the plan is configured', async () => {
    const { runs, asked } = await setting({ plan: 'organization' }, { rate_limits: { plan: 'basic' } });
    expect(limitsOf(await runs.preview(people(3)))).toEqual([200, 400, 2000]);
    expect(asked()).toEqual([]);
  });

  test('says that it may not ask, and counts with the limits of Free', async () => {
    const keys = [{ key: API_KEY, scopes: ['api/v1/contacts/bulk_create'] }];
    const { runs, asked } = await setting({ plan: 'organization', keys });
    expect(limitsOf(await runs.preview(people(3)))).toEqual([50, 200, 600]);
    expect(asked()).toEqual([profile]);
    expect(runs.told).toEqual([
      expect.stringMatching(/^rate_limits\.plan: .*the limits of Free are assumed\. .*api\/v1\/users\/api_profile/),
    ]);
  });

  test('goes on without an answer', async () => {
    const path = 'users/api_profile';
    const trouble = [{ match: { path }, fault: { kind: 'status', status: 500 } }] as const;
    const { runs, asked } = await setting({ plan: 'organization', trouble });
    expect(limitsOf(await runs.preview(people(3)))).toEqual([50, 200, 600]);
    expect(asked()).toEqual([profile]);
    expect(runs.told).toHaveLength(1);
  });
});
