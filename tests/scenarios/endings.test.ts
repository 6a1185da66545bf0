import { describe, expect, test } from 'vitest';
import { Cancelled } from '../../runtime/contract/cancelled.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows, refusal, runSync } from '../support/run.ts';
import { people } from './scenario.ts';

const bulkCreate = { path: 'contacts/bulk_create' };

/** What the summary says of a stream, zeros left out. */
const counts = (stream: object): object =>
  Object.fromEntries(
    Object.entries(stream).filter(
      ([key, value]) => !['name', 'object', 'mode'].includes(key) && value !== 0 && JSON.stringify(value) !== '{}',
    ),
  );

describe('an outage', () => {
  test('of everything ends the run soon, with exit code 75 and every row deferred', async () => {
    const clock = new EmulatorClock();
    const trouble = [{ match: bulkCreate, fault: { kind: 'status', status: 503 } as const }];
    const apollo = await startApollo({ clock, trouble });
    const { exit, status, summary } = await runSync({ apollo, clock, rows: people(3000) });
    expect({ exit, status, stream: counts(summary.streams[0]!) }).toEqual({
      exit: 75,
      status: 'deferred',
      stream: expect.objectContaining({ deferred: expect.any(Number) }),
    });
    const [stream] = summary.streams;
    expect(stream!.read).toBe(stream!.deferred);
    expect(Object.keys(stream!.deferred_codes).sort()).toEqual(['apollo_unavailable', 'run_stopped']);
    // Eight requests in a row, each with its three retries, and those that were in flight with the last of them.
    expect(summary.calls['POST contacts/bulk_create']).toBeGreaterThanOrEqual(32);
    expect(summary.calls['POST contacts/bulk_create']).toBeLessThanOrEqual(44);
    expect(summary.error).toMatch(/^Apollo answered POST contacts\/bulk_create with 503/);
    expect(Date.parse(summary.retry_at!)).toBe(clock.now() + 300_000);
  });

  test('that passes is waited out, and nothing is lost or doubled', async () => {
    const clock = new EmulatorClock();
    const trouble = [
      { match: { ...bulkCreate, times: 10 }, fault: { kind: 'applied-then-status', status: 504 } as const },
    ];
    const apollo = await startApollo({ clock, trouble });
    const rows = people(900);
    const { exit, summary } = await runSync({ apollo, clock, rows });
    expect({ exit, retries: summary.retries }).toEqual({ exit: 0, retries: 10 });
    expect(apollo.store.contacts.size).toBe(900);
  });

  test('of every other request is none: the run goes on, and defers what was lost', async () => {
    const clock = new EmulatorClock();
    const trouble = [{ match: { ...bulkCreate, every: 2 }, fault: { kind: 'status', status: 503 } as const }];
    const apollo = await startApollo({ clock, trouble });
    const config = { concurrency: 1, retries: { max_retries: 0 } };
    const { exit, summary } = await runSync({ apollo, clock, rows: people(2400), config });
    expect({ exit, error: summary.error, stream: counts(summary.streams[0]!) }).toEqual({
      exit: 75,
      error: undefined,
      stream: { read: 2400, created: 1200, deferred: 1200, deferred_codes: { apollo_unavailable: 1200 } },
    });
  });

  test('before the first row leaves nothing read', async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, trouble: [{ fault: { kind: 'drop' } }] });
    const { exit, summary } = await runSync({ apollo, clock, rows: people(3) });
    expect({ exit, status: summary.status, streams: summary.streams }).toEqual({
      exit: 75,
      status: 'deferred',
      streams: [],
    });
  });
});

describe('credentials', () => {
  test('that are refused at the start: exit code 2 and nothing sent', async () => {
    const apollo = await startApollo({ keys: [{ key: API_KEY, revoked: true }] });
    expect(await refusal({ apollo, rows: people(2) })).toEqual({
      exit: 2,
      message: expect.stringMatching(/^Apollo refused the API key: .*Check credentials\.api_key/),
    });
    expect(apollo.requests.entries.filter(({ action }) => action === 'contacts/bulk_create')).toEqual([]);
  });

  test('that are revoked in the middle: exit code 1, and what was confirmed is kept', async () => {
    const apollo = await startApollo({
      trouble: [{ match: { ...bulkCreate, nth: 3 }, fault: { kind: 'revoke-key' } }],
    });
    const { exit, status, summary } = await runSync({ apollo, rows: people(1000), config: { concurrency: 1 } });
    expect({ exit, status, stream: counts(summary.streams[0]!) }).toEqual({
      exit: 1,
      status: 'failed',
      stream: { read: 1000, created: 200, deferred: 800, deferred_codes: { run_stopped: 800 } },
    });
    expect(apollo.store.contacts.size).toBe(200);
    expect(summary.error).toMatch(/^Apollo refused the API key/);
  });

  test('that are refused say of every row that it was not sent', async () => {
    const apollo = await startApollo({ keys: [{ key: API_KEY, revoked: true }] });
    const { settled } = await deliverRows({ apollo, rows: people(150) });
    const message = 'The run stopped before this record was sent.';
    expect(settled).toEqual(Array(150).fill({ status: 'deferred', code: 'run_stopped', message }));
  });

  test('that lack a scope at the start are refused with the scope that is missing', async () => {
    const scopes = ['api/v1/users/api_profile'];
    const apollo = await startApollo({ keys: [{ key: API_KEY, scopes }] });
    expect(await refusal({ apollo, rows: people(2) })).toEqual({
      exit: 2,
      message: expect.stringMatching(
        /POST contacts\/bulk_create\. The API key lacks the scope api\/v1\/contacts\/bulk_create\./,
      ),
    });
  });

  test('that lack a scope which is needed later fail the run, and what was created is kept', async () => {
    const scopes = ['api/v1/users/api_profile', 'api/v1/contacts/bulk_create'];
    const apollo = await startApollo({ keys: [{ key: API_KEY, scopes }], data: { contacts: people(1) } });
    const { exit, summary } = await runSync({ apollo, rows: people(3, () => ({ title: 'CTO' })) });
    expect({ exit, stream: counts(summary.streams[0]!), error: summary.error }).toEqual({
      exit: 1,
      stream: { read: 3, created: 2, deferred: 1, deferred_codes: { run_stopped: 1 } },
      error: expect.stringMatching(/lacks the scope api\/v1\/contacts\/update\./),
    });
  });

  test('that fail after records were written are no usage error, whatever those still lacked', async () => {
    const scopes = ['api/v1/users/api_profile', 'api/v1/contacts/bulk_create'];
    const apollo = await startApollo({ keys: [{ key: API_KEY, scopes }] });
    const rows = people(3, () => ({ mobile_phone: '+1 202 555 0101' }));
    const { exit, summary } = await runSync({ apollo, rows });
    expect({ exit, stream: counts(summary.streams[0]!) }).toEqual({
      exit: 1,
      stream: { read: 3, deferred: 3, deferred_in_apollo: 3, deferred_codes: { run_stopped: 3 } },
    });
  });
});

describe('SIGTERM', () => {
  test('finishes what is in flight, gives every row read its outcome, and ends as cancelled', async () => {
    const run = new AbortController();
    let answered = 0;
    const apollo = await startApollo({
      onApplied: ({ action }) => {
        if (action === 'contacts/bulk_create' && ++answered === 3) run.abort(new Cancelled('SIGTERM'));
      },
    });
    const { status, summary } = await runSync({ apollo, run, rows: people(5000), config: { concurrency: 1 } });
    expect({ status, error: summary.error }).toEqual({ status: 'cancelled', error: 'The run was stopped by SIGTERM.' });
    expect(apollo.requests.count('contacts/bulk_create')).toBe(3);
    const [stream] = summary.streams;
    expect(stream!.created).toBe(300);
    expect(stream!.read).toBe(stream!.created + stream!.deferred);
    expect(stream!.deferred_codes).toEqual({ run_stopped: stream!.deferred });
    expect(stream!.read).toBeLessThan(5000);
  });

  test('between two requests of a record leaves it to the next run', async () => {
    const run = new AbortController();
    const apollo = await startApollo({ onApplied: () => run.abort(new Cancelled('SIGTERM')) });
    const rows = people(3, () => ({ mobile_phone: '+1 202 555 0101' }));
    const { outcomes } = await deliverRows({ apollo, run, rows });
    expect(outcomes).toEqual(Array(3).fill('deferred run_stopped'));
    const next = await deliverRows({ apollo, rows });
    expect(next.outcomes).toEqual(Array(3).fill('updated'));
    expect(apollo.store.contacts.size).toBe(3);
  });
});

describe('the exit code', () => {
  const rows = [...people(6), ...Array.from({ length: 4 }, (_, i) => ({ email: `no address ${i}` }))];

  test.each([
    [100, 'succeeded', 0],
    [40, 'succeeded', 0],
    [39.9, 'rejected', 3],
    [0, 'rejected', 3],
  ])('with 40 percent rejected and fail_above_percent %s is %s', async (percent, status, exit) => {
    const apollo = await startApollo();
    const run = await runSync({ apollo, rows, config: { rejects: { fail_above_percent: percent } } });
    expect({ exit: run.exit, status: run.status }).toEqual({ exit, status });
  });

  test('and the rejects file say what was refused and why', async () => {
    const apollo = await startApollo();
    const { rejects, summary } = await runSync({
      apollo,
      rows: rows.slice(5, 7).map((row, i) => ({ ...row, key: `k${i}` })),
      stream: { primary_key: 'key' },
    });
    expect(counts(summary.streams[0]!)).toEqual({
      read: 2,
      created: 1,
      rejected: 1,
      reject_codes: { invalid_email: 1 },
    });
    expect(rejects).toEqual([
      {
        run_id: 'test-run',
        stream: 'rows',
        primary_key: 'k1',
        code: 'invalid_email',
        message: 'email: expected one e-mail address; received text of 12 characters.',
        field: 'email',
        endpoint: null,
        http_status: null,
        attempts: 0,
        retryable: false,
        record: { email: 'no address 0', first_name: null, last_name: null, key: 'k1' },
        at: '2026-01-05T09:00:00.000Z',
        destination_id: null,
      },
    ]);
  });
});

describe('several streams', () => {
  const tables = {
    companies: [{ domain: 'acme.example', name: 'Acme' }],
    people: people(3),
  };
  const streams = [
    { name: 'companies', object: 'accounts' },
    { name: 'people', object: 'contacts' },
  ];

  test('are written one after the other, each with its own counts', async () => {
    const apollo = await startApollo();
    const { summary } = await runSync({ apollo, tables, streams });
    expect(summary.streams.map(({ name, object, created }) => [name, object, created])).toEqual([
      ['companies', 'accounts', 1],
      ['people', 'contacts', 3],
    ]);
    expect(summary.calls).toEqual({
      'GET users/api_profile': 1,
      'POST accounts/bulk_create': 1,
      'POST contacts/bulk_create': 1,
    });
  });

  test('can be chosen by name', async () => {
    const apollo = await startApollo();
    const { summary } = await runSync({ apollo, tables, streams, only: ['people'] });
    expect(summary.streams.map(({ name }) => name)).toEqual(['people']);
    expect(await refusal({ apollo, tables, streams, only: ['poeple'] })).toEqual({
      exit: 2,
      message: expect.stringMatching(/^--stream poeple: no such stream; the configuration has companies, people/),
    });
  });

  test('that cannot be written are found before the first of them is', async () => {
    const apollo = await startApollo();
    const wrong = [streams[0]!, { ...streams[1], mapping: [{ to: 'email', from: 'mail' }] }];
    expect((await refusal({ apollo, tables, streams: wrong })).exit).toBe(2);
    expect(apollo.requests.count('accounts/bulk_create')).toBe(0);
  });
});
