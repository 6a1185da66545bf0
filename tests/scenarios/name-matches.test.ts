import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { deliverRows } from '../support/run.ts';
import { slow } from '../support/runs.ts';
import { play, shown } from './scenario.ts';

const create = 'POST accounts/bulk_create';
const creating = { object: 'accounts', on_match_conflict: 'create' };

/** As many companies of one name, each with a domain of its own. */
const sameNames = (count: number, name = 'Trinity') =>
  Array.from({ length: count }, (_, i) => ({ domain: `${name.toLowerCase()}${i}.example`, name }));

const holds = { accounts: [{ domain: 'first.example', name: 'Trinity' }] };
const setup = { stream: creating, rows: sameNames(6) };

describe('companies of one name', () => {
  test('conflicts are sent again in full requests', slow, async () => {
    const { calls } = await play({
      name: 'all of 250',
      stream: creating,
      holds,
      rows: sameNames(250),
      outcomes: Array(250).fill('created'),
      // 250 times alone, since Apollo could take any for any other, and then three times without its deduplication.
      calls: { [create]: 253 },
    });
    expect(calls).toEqual({ [create]: 253 });
  });

  test.each([
    ['a dropped connection', { kind: 'applied-then-drop' } as const],
    ['a 500', { kind: 'applied-then-status' } as const],
    ['a body that is cut off', { kind: 'truncated' } as const],
  ])('%s after they were written doubles none, and the next run finds them', async (_, fault) => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({
      clock,
      data: holds,
      trouble: [{ match: { path: 'accounts/bulk_create', bodyContains: '"run_dedupe":false', nth: 1 }, fault }],
    });
    const first = await deliverRows({ apollo, clock, ...setup });
    expect(first.outcomes).toEqual(Array(6).fill('deferred apollo_unavailable'));
    const second = await deliverRows({ apollo, clock, ...setup });
    expect(second.outcomes).toEqual(Array(6).fill('unchanged'));
    expect(
      shown(apollo, 'accounts', ['domain'])
        .map(({ domain }) => domain)
        .sort(),
    ).toEqual(['first.example', ...setup.rows.map(({ domain }) => domain)]);
  });

  test('a 422 while they are created finds the one at fault and doubles none', async () => {
    const clock = new EmulatorClock();
    const trouble = {
      match: { path: 'accounts/bulk_create', bodyContains: '"run_dedupe":false' },
      fault: { kind: 'reject', where: { field: 'domain', equals: 'trinity3.example' }, naming: 'none' },
    } as const;
    const apollo = await startApollo({ clock, data: holds, trouble: [trouble] });
    const { outcomes } = await deliverRows({ apollo, clock, ...setup });
    const refused = (domain: string) => domain === 'trinity3.example';
    expect(outcomes).toEqual(
      setup.rows.map(({ domain }) => (refused(domain) ? 'rejected apollo_rejected' : 'created')),
    );
    expect(
      shown(apollo, 'accounts', ['domain'])
        .map(({ domain }) => domain)
        .sort(),
    ).toEqual(['first.example', ...setup.rows.map(({ domain }) => domain).filter((domain) => !refused(domain))]);
  });

  test('one that is written and left out of the answer is found, not written again', async () => {
    const clock = new EmulatorClock();
    const where = { field: 'domain', equals: 'trinity3.example' };
    const trouble = {
      match: { path: 'accounts/bulk_create', bodyContains: '"run_dedupe":false', nth: 1 },
      fault: { kind: 'omit-from-answer', where },
    } as const;
    const apollo = await startApollo({ clock, data: holds, trouble: [trouble] });
    const { outcomes } = await deliverRows({ apollo, clock, ...setup });
    expect(outcomes).toEqual(Array(6).fill('created'));
    expect(apollo.store.accounts.size).toBe(7);
  });

  test('one that is left out of every answer is not written a second time', async () => {
    const clock = new EmulatorClock();
    const where = { field: 'domain', equals: 'trinity3.example' };
    // The first answer tells that Apollo takes it for a name match.
    const match = { path: 'accounts/bulk_create', bodyContains: 'trinity3.example', nth: 2, times: 99 };
    const apollo = await startApollo({
      clock,
      data: holds,
      trouble: [{ match, fault: { kind: 'omit-from-answer', where } }],
    });
    const { outcomes } = await deliverRows({ apollo, clock, ...setup });
    expect(outcomes).toEqual(['created', 'created', 'created', 'rejected not_acknowledged', 'created', 'created']);
    expect(apollo.store.accounts.size).toBe(7);
  });

  test.each(['each', 'once'] as const)(
    'a refusal of what was written is made good, with sameNames listed %s',
    async (how) => {
      const clock = new EmulatorClock();
      const match = { path: 'accounts/bulk_create', bodyContains: '"run_dedupe":false', nth: 1 };
      const body = { error: 'Validation failed' };
      const apollo = await startApollo({
        clock,
        quirks: { repeatedExisting: how },
        data: holds,
        trouble: [{ match, fault: { kind: 'applied-then-status', status: 422, body } }],
      });
      const { outcomes } = await deliverRows({ apollo, clock, ...setup });
      expect(outcomes).toEqual(Array(6).fill('created'));
      expect(apollo.store.accounts.size).toBe(7);
    },
  );

  test('one that was written and is hidden among its sameNames is not written again with them', async () => {
    const clock = new EmulatorClock();
    const written = { path: 'accounts/bulk_create', bodyContains: '"run_dedupe":false', nth: 1 };
    const both = { path: 'accounts/bulk_create', bodyContains: 'trinity0.example","name":"Trinity"},{', nth: 2 };
    const of = (domain: string) => ({ field: 'domain', equals: domain });
    const apollo = await startApollo({
      clock,
      data: holds,
      trouble: [
        { match: written, fault: { kind: 'omit', where: of('trinity1.example') } },
        { match: written, fault: { kind: 'applied-then-status', status: 422, body: { error: 'Validation failed' } } },
        { match: both, fault: { kind: 'omit-from-answer', where: of('trinity0.example') } },
      ],
    });
    const { outcomes } = await deliverRows({ apollo, clock, stream: creating, rows: sameNames(8) });
    expect(outcomes).toEqual(Array(8).fill('created'));
    expect(apollo.store.accounts.size).toBe(9);
    // It was hidden once where it was asked for beside the one that was not written.
    const asked = apollo.requests.entries.map(({ body }) => JSON.stringify(body));
    const together = (text: string) => /run_dedupe":true/.test(text) && /trinity0.*trinity1/.test(text);
    expect(asked.filter(together)).toHaveLength(1);
  });
});
