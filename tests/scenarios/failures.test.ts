import { describe, expect, test } from 'vitest';
import { idOf, people, play, type Scenario } from './scenario.ts';

const create = 'POST contacts/bulk_create';
const patch = 'PATCH contacts/{id}';
const bulkUpdate = 'POST contacts/bulk_update';
const path = 'contacts/bulk_create';

const two = [{ email: 'ann@acme.example' }, { email: 'bo@bolt.example' }];
const both = [{ email: 'ann@acme.example' }, { email: 'bo@bolt.example' }];

/** Hundred people of whom those of these numbers are refused, without a name. */
const refusing = (...numbers: number[]) => ({
  trouble: numbers.map(
    (n) =>
      ({
        match: { path },
        fault: { kind: 'reject', where: { equals: `person${n}@company${n}.example` }, naming: 'none' },
      }) as const,
  ),
});

const refused: Scenario[] = [
  {
    name: 'a 422 that names a record rejects it and sends the others again',
    stream: { mode: 'update', apollo_id: 'id', mapping: [{ to: 'linkedin_url', from: 'url' }] },
    holds: { contacts: [1, 2, 3].map((n) => ({ id: idOf(n), email: `${n}@acme.example` })) },
    trouble: [
      {
        match: { path: 'contacts/bulk_update' },
        fault: {
          kind: 'reject',
          where: { field: 'linkedin_url', endsWith: 'bad' },
          naming: 'contact_id',
          field: 'linkedin_url',
        },
      },
    ],
    rows: ['good', 'bad', 'fine'].map((end, i) => ({ id: idOf(i + 1), url: `https://linkedin.com/in/${end}` })),
    outcomes: ['updated', 'rejected apollo_rejected', 'updated'],
    calls: { [bulkUpdate]: 2 },
  },
  {
    name: 'a 422 that names no record is halved until the record is found',
    rows: people(100),
    ...refusing(37),
    outcomes: people(100).map((_, i) => (i === 37 ? 'rejected apollo_rejected' : 'created')),
    calls: { [create]: 8 },
  },
  {
    name: 'one refused update concerns its own record only',
    holds: { contacts: two },
    rows: [
      { email: 'ann@acme.example', title: 'bad' },
      { email: 'bo@bolt.example', title: 'good' },
    ],
    trouble: [
      {
        match: { path: 'contacts/update' },
        fault: { kind: 'reject', where: { field: 'title', equals: 'bad' }, naming: 'none' },
      },
    ],
    outcomes: ['rejected apollo_rejected', 'updated'],
    calls: { [create]: 1, [patch]: 2 },
    after: [
      { email: 'ann@acme.example', title: null },
      { email: 'bo@bolt.example', title: 'good' },
    ],
  },
];

const lost: Scenario[] = [
  {
    name: 'a 500 after the records were written doubles none: the same request is made again',
    rows: two,
    trouble: [{ match: { path, nth: 1 }, fault: { kind: 'applied-then-status' } }],
    outcomes: ['unchanged', 'unchanged'],
    calls: { [create]: 2 },
    retries: 1,
    after: both,
  },
  {
    name: 'a connection that drops after the records were written doubles none',
    rows: two,
    trouble: [{ match: { path, nth: 1 }, fault: { kind: 'applied-then-drop' } }],
    outcomes: ['unchanged', 'unchanged'],
    calls: { [create]: 2 },
    retries: 1,
    after: both,
  },
  {
    name: 'a connection that drops before they were written loses none',
    rows: two,
    trouble: [{ match: { path, nth: 1 }, fault: { kind: 'drop' } }],
    outcomes: ['created', 'created'],
    calls: { [create]: 2 },
    retries: 1,
    after: both,
  },
  {
    name: 'JSON that is cut off is asked for again',
    rows: two,
    trouble: [{ match: { path, nth: 1 }, fault: { kind: 'truncated' } }],
    outcomes: ['unchanged', 'unchanged'],
    calls: { [create]: 2 },
    retries: 1,
    after: both,
  },
  {
    name: 'an empty body is asked for again',
    holds: { contacts: two },
    rows: two.map((row) => ({ ...row, title: 'CTO' })),
    trouble: [{ match: { path: 'contacts/update', nth: 1 }, fault: { kind: 'empty' } }],
    outcomes: ['updated', 'updated'],
    calls: { [create]: 1, [patch]: 3 },
    retries: 1,
    after: both.map((row) => ({ ...row, title: 'CTO' })),
  },
  {
    name: 'the HTML page of a proxy is no answer',
    rows: two,
    trouble: [{ match: { path, times: 3 }, fault: { kind: 'status', status: 502 } }],
    outcomes: ['created', 'created'],
    calls: { [create]: 4 },
    retries: 3,
    after: both,
  },
  {
    name: 'retries that are spent defer the records of the request, and no others',
    config: { retries: { max_retries: 1 } },
    rows: two.map((row, i) => ({ ...row, title: ['CTO', 'CEO'][i]! })),
    holds: { contacts: two },
    trouble: [{ match: { path: 'contacts/update', bodyContains: 'CTO' }, fault: { kind: 'status', status: 503 } }],
    outcomes: ['deferred apollo_unavailable', 'updated'],
    calls: { [create]: 1, [patch]: 3 },
    retries: 1,
  },
];

const told: Scenario[] = [
  {
    name: 'a 429 with seconds is waited out and costs no retry',
    rows: two,
    config: { retries: { max_retries: 0 } },
    trouble: [{ match: { path, times: 2 }, fault: { kind: 'status', status: 429, retryAfterSeconds: 30 } }],
    outcomes: ['created', 'created'],
    calls: { [create]: 3 },
    retries: 0,
    after: both,
  },
  {
    name: 'a 429 with a date is waited out',
    rows: two,
    trouble: [
      { match: { path, nth: 1 }, fault: { kind: 'status', status: 429, retryAfterSeconds: 90, retryAfterAs: 'date' } },
    ],
    outcomes: ['created', 'created'],
    calls: { [create]: 2 },
    retries: 0,
  },
  {
    name: 'a 429 without a time is waited out for the window that it names',
    rows: two,
    trouble: [{ match: { path, nth: 1 }, fault: { kind: 'status', status: 429 } }],
    outcomes: ['created', 'created'],
    calls: { [create]: 2 },
    retries: 0,
  },
  {
    name: 'a 503 that says when to come back is obeyed, and costs a retry',
    rows: two,
    trouble: [{ match: { path, nth: 1 }, fault: { kind: 'status', status: 503, retryAfterSeconds: 45 } }],
    outcomes: ['created', 'created'],
    calls: { [create]: 2 },
    retries: 1,
  },
];

const waited: Readonly<Record<string, number>> = {
  'a 429 with seconds is waited out and costs no retry': 60_000,
  'a 429 with a date is waited out': 90_000,
  'a 429 without a time is waited out for the window that it names': 3_600_000,
  'a 503 that says when to come back is obeyed, and costs a retry': 45_000,
};

const verbs: Scenario[] = (['put-only-404', 'put-only-405'] as const).map((updateVerb) => ({
  name: `an Apollo that answers ${updateVerb.slice(-3)} to PATCH is asked by PUT, and by nothing else once that has worked`,
  quirks: { updateVerb },
  holds: { contacts: people(20) },
  rows: people(20, () => ({ title: 'CTO' })),
  outcomes: Array<string>(20).fill('updated'),
  calls: { [create]: 1, [patch]: 21 },
}));

describe.each([
  ['refused requests', refused],
  ['lost answers', lost],
])('%s', (_, scenarios) => {
  test.each(scenarios)('$name', async (scenario) => {
    await play({ ...scenario, config: { concurrency: 1, ...scenario.config } });
  });
});

describe('an answer that asks to wait', () => {
  test.each(told)('$name', async (scenario) => {
    const { clock, rateLimited } = await play(scenario);
    expect(clock.elapsed).toBe(waited[scenario.name]);
    expect(rateLimited).toBe((scenario.calls[create] ?? 0) - 1 - (scenario.retries ?? 0));
  });
});

describe('PATCH and PUT', () => {
  test.each(verbs)('$name', async (scenario) => {
    const { emulator } = await play(scenario);
    const methods = emulator.requests.entries.filter(({ action }) => action === 'contacts/update');
    // Three more that may be in flight wait for the first.
    expect(methods.filter(({ method }) => method === 'PATCH').map(({ n }) => n)).toEqual([2]);
    expect(methods.filter(({ method }) => method === 'PUT').length).toBe(20);
  });
});
