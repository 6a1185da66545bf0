import { describe, expect, test } from 'vitest';
import type { StatusFault, TroubleRule } from '../../emulator/server/trouble.ts';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows, refusal } from '../support/run.ts';
import { sweepOver } from '../support/runs.ts';
import { Runs } from '../support/stateful.ts';
import { people, shown } from './scenario.ts';

const rows = people(6, (i) => ({ title: `Title ${i}` }));
const known = people(2, () => ({ title: 'Old' }));
const wanted = rows.map(({ email, title }) => ({ email, title }));
const settled = [...known.map(() => 'updated'), ...rows.slice(known.length).map(() => 'created')];

const page = '<html><head><title>Blocked</title></head><body><h1>Access denied</h1></body></html>';
const cut = '{"error":"api/v1/contacts/bulk_cr';
const odd = (status: number, body: unknown, headers: Record<string, string> = {}): StatusFault => ({
  kind: 'status',
  status,
  body,
  headers,
});

/** The answers of Apollo to the first, or to all, requests of both endpoints that write. */
const answering = (fault: TroubleRule['fault'], nth?: number): TroubleRule[] =>
  ['contacts/bulk_create', 'contacts/update'].map((path) => ({ match: nth ? { path, nth } : { path }, fault }));

const bodies = [page, '', '{}', cut, 'Access denied'];
const foreign = [400, 403, 404, 405, 406, 409, 410, 422, 423, 425, 451, 499, 500, 502, 503, 504, 520, 301, 302];
const once: [string, StatusFault][] = [
  ...foreign.flatMap((status) => bodies.map((body): [string, StatusFault] => [`${status} ${body}`, odd(status, body)])),
  ...[400, 404, 408, 409, 410, 423, 425, 451, 499, 500, 503].map((status): [string, StatusFault] => [
    `${status} with JSON`,
    odd(status, { error: 'Something went wrong' }),
  ]),
  ...['', page, cut, '[]', 'null', '{"contacts":[]}', '{}', '{"created_contacts":[],"existing_contacts":[]}'].map(
    (body): [string, StatusFault] => [`200 ${body}`, odd(200, body)],
  ),
];

describe('one odd answer of each endpoint ends no run, rejects no row, and doubles nothing', () => {
  sweepOver(once, 30)('%s', async (_, fault) => {
    const clock = new EmulatorClock();
    // A page for 404 or 405 may mean that this Apollo has PUT instead of PATCH: that is tried, and strict mode would mind.
    const apollo = await startApollo(
      { clock, strict: false, data: { contacts: known }, trouble: answering(fault, 1) },
      { expected: (departure) => departure.startsWith('PUT ') },
    );
    const { outcomes, cause } = await deliverRows({ apollo, rows, clock });
    expect({ outcomes, cause }).toEqual({ outcomes: settled, cause: undefined });
    expect(shown(apollo, 'contacts', ['email', 'title'])).toEqual(expect.arrayContaining(wanted));
    expect(apollo.store.contacts.size).toBe(rows.length);
  });
});

const soon = new Date(new EmulatorClock().start + 90_000);
const waits = [
  ...['30', '0', '1.5', '-5', '1,000', '7200', '60000', '120000', '86400000', '99999999999999', '20261121120130'],
  ...[String(soon.getTime()), String(soon.getTime() / 1000), soon.toUTCString(), soon.toISOString(), '30, 60'],
  ...['Fri, 31 Dec 2083 23:59:59 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT', 'soon', '', '1e9', '9'.repeat(40)],
];

describe('whatever a 429 asks to wait, it is no more than its window, and stored as such', () => {
  test.each(waits)('retry-after: %s', async (retryAfter) => {
    const clock = new EmulatorClock();
    const fault = { ...odd(429, { message: 'The maximum number of api calls allowed is 400 times per hour.' }) };
    const apollo = await startApollo({
      clock,
      trouble: [
        {
          match: { path: 'contacts/bulk_create', nth: 1 },
          fault: { ...fault, headers: { 'retry-after': retryAfter } },
        },
      ],
    });
    const { outcomes } = await deliverRows({ apollo, rows, clock });
    expect(new Set(outcomes)).toEqual(new Set(['created']));
    expect(clock.elapsed).toBeLessThanOrEqual(3_600_000);
  });
});

const lasting: [string, TroubleRule['fault'], { status: string; deferred?: number; rejected?: number }][] = [
  ['a firewall, 403', odd(403, page), { status: 'deferred', deferred: 6 }],
  ['a page for 404', odd(404, page), { status: 'deferred', deferred: 6 }],
  ['a page for 409', odd(409, page), { status: 'deferred', deferred: 6 }],
  ['400 of a load balancer', odd(400, page), { status: 'deferred', deferred: 6 }],
  ['423', odd(423, { error: 'Locked' }), { status: 'deferred', deferred: 6 }],
  ['504', odd(504, page), { status: 'deferred', deferred: 6 }],
  ['no JSON', odd(200, page), { status: 'deferred', deferred: 6 }],
  [
    'an answer that mentions none of them',
    odd(200, { created_contacts: [], existing_contacts: [] }),
    { status: 'deferred', deferred: 6 },
  ],
  [
    'a 429 of another age',
    odd(429, '', { 'retry-after': 'Fri, 31 Dec 2083 23:59:59 GMT' }),
    { status: 'deferred', deferred: 6 },
  ],
  ['a 422 about a parameter', odd(422, { error: 'Please provide a valid address.' }), { status: 'any', rejected: 6 }],
  [
    'a 429 of the plan',
    odd(429, { message: 'This endpoint is only available to paying teams.' }),
    { status: 'refused' },
  ],
  [
    'a 403 of the plan',
    odd(403, { message: 'This endpoint is only available to Apollo users on paid plans.' }),
    { status: 'refused' },
  ],
];

describe('an odd answer that lasts ends the run as what it is, and the next calm run catches up', () => {
  sweepOver(lasting, 6)('%s', async (_, fault, { status, deferred = 0, rejected = 0 }) => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, trouble: [{ match: { path: 'contacts/bulk_create' }, fault }] });
    const runs = new Runs(apollo, { clock });
    const first = await runs.sync(rows).catch((error: unknown) => error);
    if (status === 'refused') expect(first).toMatchObject({ name: 'ConfigFailure', code: 'plan_too_low' });
    else {
      expect(first).toMatchObject({ counts: deferred > 0 ? { deferred } : { rejected } });
      if (status !== 'any') expect(first).toMatchObject({ status });
    }
    apollo.clearTrouble();
    await clock.sleep(86_400_000, new AbortController().signal);
    const calm = await runs.sync(rows, { retryRejects: true });
    expect([calm.status, calm.counts]).toEqual(['succeeded', { created: 6 }]);
    expect(apollo.store.contacts.size).toBe(rows.length);
  });

  test('a wrong address is refused before anything is sent for a row', async () => {
    const apollo = await startApollo({ trouble: [{ fault: odd(404, page) }] });
    const { exit, message } = await refusal({ apollo, rows, config: { retries: { max_retries: 0 } } });
    expect([exit, message]).toEqual([2, expect.stringContaining('it should be https://api.apollo.io/api/v1')]);
  });
});
