import { expect, it } from 'vitest';
import { callLine, progressLine } from '../../../runtime/listeners/progress-line.ts';
import { duration, RunView } from '../../../runtime/listeners/run-view.ts';
import { called, finished, hourly, progress, START, started, waiting } from './listener-events.ts';

function viewOf(...seen: readonly (readonly [number, Parameters<RunView['on']>[0]])[]): RunView {
  const view = new RunView();
  for (const [second, event] of seen) view.on(event, START + second * 1000);
  return view;
}

it('tells how far a stream is, in rows, outcomes and calls', () => {
  const view = viewOf([0, started()], [1, progress({ read: 1200, created: 1000, rejected: 200 }, 12)]);
  expect(progressLine(view, START)).toBe('people: 1,200 rows, 1,000 created, 200 rejected, 12 calls');
});

it('counts the calls of a stream from where the one before it ended', () => {
  const view = viewOf(
    [0, started('firms', 'people')],
    [1, progress({ name: 'firms', read: 10 }, 5)],
    [2, progress({ name: 'people', read: 10 }, 6)],
    [3, progress({ name: 'people', read: 20 }, 9)],
  );
  expect(view.streams(START).map(({ name, calls, isActive }) => [name, calls, isActive])).toEqual([
    ['firms', 5, false],
    ['people', 4, true],
  ]);
});

it('knows the time to go from the pace so far, where the rows are counted', () => {
  const halfway = viewOf([0, started()], [10, progress({ read: 20 }, 1, 200)], [20, progress({ read: 110 }, 2, 200)]);
  expect(halfway.active(START + 20_000)?.toGoMs).toBe(10_000);
  const uncounted = viewOf([0, started()], [10, progress({ read: 20 }, 1)], [20, progress({ read: 100 }, 2)]);
  expect(uncounted.active(START + 20_000)?.toGoMs).toBeUndefined();
});

it('does not take rows that need not be read for a pace', () => {
  const view = viewOf([0, started()], [5, progress({ read: 900_000, unchanged: 900_000 }, 0, 1_000_000)]);
  expect(view.active(START + 5000)?.toGoMs).toBeUndefined();
  view.on(progress({ read: 901_000 }, 10, 1_000_000), START + 15_000);
  expect(view.active(START + 15_000)?.toGoMs).toBe(990_000);
});

it('has at least as long to go as it must wait, and nothing once all rows are done', () => {
  const view = viewOf([0, started()], [1, progress({ read: 1 }, 0, 200)], [10, progress({ read: 190 }, 1, 200)]);
  view.on(waiting(START + 70_000), START + 10_000);
  expect(view.active(START + 10_000)?.toGoMs).toBe(60_000);
  view.on(progress({ read: 200 }, 1, 200), START + 10_000);
  expect(view.active(START + 10_000)?.toGoMs).toBe(0);
});

it.each([
  // A thousand calls: the window that is full, two more, and a part of the last.
  ['the limit of the window', {}, 400, 3],
  ['what is not left to other tools', { reservePercent: 50 }, 200, 5],
  ['what a custom plan allows', { ceiling: 100 }, 100, 10],
])('has as long to go as the calls that are left need by %s', (_, more, used, hours) => {
  const view = viewOf(
    [0, started()],
    [1, progress({ read: 0 }, 0, 1400)],
    [20, progress({ read: 400 }, 400, 1400, hourly(used, more))],
  );
  expect(view.active(START + 20_000)?.toGoMs).toBe(hours * 3_600_000 - 20_000);
});

it('says until when and why it waits, and stops saying so when that is over', () => {
  const view = viewOf([0, started()], [1, waiting(START + 60_000)]);
  expect(progressLine(view, START + 1000)).toBe(
    '59 s to wait: POST people waits until 2026-01-01T00:01:00.000Z (hour).',
  );
  expect(progressLine(view, START + 60_000)).toBeUndefined();
});

it('keeps one wait for each request', () => {
  const view = viewOf([0, started()], [1, waiting(START + 60_000)], [2, waiting(START + 90_000)]);
  expect(view.waits(START).map(({ untilMs }) => untilMs - START)).toEqual([90_000]);
});

it('shows what is left for the run of the window that binds', () => {
  const view = viewOf([0, started()], [1, progress({ read: 1 }, 1, undefined, hourly(162, { reservePercent: 50 }))]);
  expect(progressLine(view, START + 1000)).toBe('people: 1 row, 38 of 200 left this hour, 1 call');
});

it('is no wider than a terminal, and says first how long it takes', () => {
  const counts = { read: 1_234_567, created: 1_000_000, updated: 234_000, rejected: 567 };
  const name = 'a stream with a name that is longer than anybody likes to read';
  const view = viewOf(
    [0, started(name)],
    [1, progress({ name, read: 1 }, 1, 9_000_000)],
    [20, progress({ name, ...counts }, 14_000, 9_000_000, hourly(400))],
    [20, waiting(START + 3_600_000)],
  );
  const line = progressLine(view, START + 20_000)!;
  expect(line.length).toBeLessThanOrEqual(80);
  expect(line).toMatch(/^a stream with a name th…: \d+ h \d+ min to go, 1,234,567 of 9,000,000 rows/);
});

it('has no active stream once the run has ended', () => {
  expect(viewOf([0, started()], [1, progress({ read: 1 }, 1)], [2, finished()]).active(START)).toBeUndefined();
});

it.each([
  [0, '0 s'],
  [1, '1 s'],
  [59_001, '1 min'],
  [190_000, '3 min 10 s'],
  [3_600_000, '1 h'],
  [7_505_000, '2 h 5 min'],
])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

it.each([
  [{}, 'POST people 200 42 ms, 100 records'],
  [{ attempt: 2, records: 1 }, 'POST people 200 42 ms, 1 record, attempt 2'],
  [{ status: undefined, records: undefined }, 'POST people no answer 42 ms'],
])('a request is told without its content: %j', (more, line) => {
  const event = called(more as object);
  expect(event.type === 'called' && callLine(event.call)).toBe(line);
});
