import { describe, expect, test } from 'vitest';
import { startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { runSync } from '../support/run.ts';
import { people } from './scenario.ts';

const MINUTE = 60_000;
const limits = (minute: number, hour: number | null = null, day: number | null = null) => ({ minute, hour, day });
const custom = { plan: 'custom', per_minute: 100_000, per_hour: 100_000, per_day: 100_000 };

describe('windows', () => {
  test('are learned from the answers: requests are paced and no 429 is earned', async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, plan: limits(5, 8, 40) });
    const { exit, summary, told } = await runSync({
      apollo,
      clock,
      rows: people(2000),
      config: { rate_limits: { plan: 'auto' } },
    });
    expect({ exit, limited: summary.rate_limited, created: summary.streams[0]!.created }).toEqual({
      exit: 0,
      limited: 0,
      created: 2000,
    });
    // 20 requests, 8 an hour: the third hour's window has to open.
    expect(clock.elapsed).toBeGreaterThanOrEqual(120 * MINUTE);
    expect(clock.elapsed).toBeLessThan(130 * MINUTE);
    expect(told[0]).toMatch(/^POST contacts\/bulk_create waits until .* \(minute\)\.$/);
  });

  test('of each endpoint are its own', async () => {
    const clock = new EmulatorClock();
    const rows = people(30, () => ({ title: 'CTO' }));
    const apollo = await startApollo({
      clock,
      limits: { 'contacts/update': limits(10) },
      data: { contacts: people(30) },
    });
    const { exit, summary } = await runSync({ apollo, clock, rows, config: { rate_limits: { plan: 'auto' } } });
    expect({ exit, limited: summary.rate_limited, updated: summary.streams[0]!.updated }).toEqual({
      exit: 0,
      limited: 0,
      updated: 30,
    });
    expect(clock.elapsed).toBeGreaterThanOrEqual(2 * MINUTE);
    expect(clock.elapsed).toBeLessThan(3 * MINUTE);
  });

  test('of which a share is reserved are left to others by that share', async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, plan: limits(10) });
    const config = { rate_limits: { plan: 'auto', reserve_percent: 50 } };
    const { exit } = await runSync({ apollo, clock, rows: people(1000), config });
    expect(exit).toBe(0);
    const { entries } = apollo.requests;
    const inFirst = entries.filter(({ action, at }) => action === 'contacts/bulk_create' && at < clock.start + MINUTE);
    expect(inFirst.length).toBe(5);
  });

  test('that others have used up earn one 429, which holds back every request to that endpoint', async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, plan: limits(3) });
    // The configuration promises more than there is, and four requests leave at once.
    const { exit, summary } = await runSync({ apollo, clock, rows: people(400), config: { rate_limits: custom } });
    expect({ exit, retries: summary.retries, limited: summary.rate_limited }).toEqual({
      exit: 0,
      retries: 0,
      limited: 1,
    });
    expect(clock.elapsed).toBe(MINUTE);
  });
});

describe('a wait that is too long', () => {
  test('defers the rest of the run, and the summary says when to come back', async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, plan: limits(5) });
    const config = { rate_limits: { plan: 'auto', max_wait_seconds: 10 } };
    const { exit, status, summary } = await runSync({ apollo, clock, rows: people(1000), config });
    const [stream] = summary.streams;
    expect({ exit, status, created: stream!.created, codes: stream!.deferred_codes }).toEqual({
      exit: 75,
      status: 'deferred',
      created: 500,
      codes: { quota_exhausted: 500 },
    });
    expect(summary.retry_at).toBe(new Date(clock.start + MINUTE).toISOString());
    expect(summary.rate_limited).toBe(0);
    expect(apollo.requests.count('contacts/bulk_create')).toBe(5);
    expect(clock.elapsed).toBe(0);
  });

  test('of one endpoint leaves the others their own quota', async () => {
    const clock = new EmulatorClock();
    const existing = people(300).slice(0, 30);
    const apollo = await startApollo({
      clock,
      limits: { 'contacts/update': limits(10) },
      data: { contacts: existing },
    });
    const rows = people(300, () => ({ title: 'CTO' }));
    const config = { rate_limits: { plan: 'auto', max_wait_seconds: 10 } };
    const { summary } = await runSync({ apollo, clock, rows, config });
    const [stream] = summary.streams;
    expect({ created: stream!.created, updated: stream!.updated, codes: stream!.deferred_codes }).toEqual({
      created: 270,
      updated: 10,
      codes: { quota_exhausted: 20 },
    });
  });

  test('and the next run, after that time, finishes', async () => {
    const clock = new EmulatorClock();
    const apollo = await startApollo({ clock, plan: limits(5) });
    const setup = {
      apollo,
      clock,
      rows: people(700),
      config: { rate_limits: { plan: 'auto', max_wait_seconds: 10 } },
    };
    const first = await runSync(setup);
    clock.advance(Date.parse(first.summary.retry_at!) - clock.now());
    clock.advance(1);
    const second = await runSync({ ...setup, rows: setup.rows.slice(500) });
    expect([first.exit, second.exit]).toEqual([75, 0]);
    expect(apollo.store.contacts.size).toBe(700);
  });

  test('of a 429 that asks for a day defers as well', async () => {
    const clock = new EmulatorClock();
    const trouble = [
      {
        match: { path: 'contacts/bulk_create' },
        // Without a text of its own such a fault names the hour, and no wait outlasts its window.
        fault: {
          kind: 'status',
          status: 429,
          retryAfterSeconds: 86_400,
          body: { message: 'The maximum number of api calls allowed for contacts/bulk_create is 2000 times per day.' },
        } as const,
      },
    ];
    const apollo = await startApollo({ clock, trouble });
    const { exit, summary } = await runSync({ apollo, clock, rows: people(250) });
    expect({ exit, codes: summary.streams[0]!.deferred_codes, retryAt: summary.retry_at }).toEqual({
      exit: 75,
      codes: { quota_exhausted: 250 },
      retryAt: new Date(clock.start + 86_400_000).toISOString(),
    });
    expect(summary.calls['POST contacts/bulk_create']).toBeLessThanOrEqual(3);
  });
});
