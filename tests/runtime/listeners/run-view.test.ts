import { expect, it } from 'vitest';
import { callLine, progressLine } from '../../../runtime/listeners/progress-line.ts';
import { duration, RunView } from '../../../runtime/listeners/run-view.ts';
import { called, finished, progress, START, started, waiting } from './happenings.ts';

function viewOf(...seen: readonly (readonly [number, Parameters<RunView['see']>[0]])[]): RunView {
  const view = new RunView();
  for (const [second, happening] of seen) view.see(happening, START + second * 1000);
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
  view.see(progress({ read: 901_000 }, 10, 1_000_000), START + 15_000);
  expect(view.active(START + 15_000)?.toGoMs).toBe(990_000);
});

it('has at least as long to go as it must wait, and nothing once all rows are done', () => {
  const view = viewOf([0, started()], [1, progress({ read: 1 }, 0, 200)], [10, progress({ read: 190 }, 1, 200)]);
  view.see(waiting(START + 70_000), START + 10_000);
  expect(view.active(START + 10_000)?.toGoMs).toBe(60_000);
  view.see(progress({ read: 200 }, 1, 200), START + 10_000);
  expect(view.active(START + 10_000)?.toGoMs).toBe(0);
});

it('has as long to go as the windows need that the calls which are left will fill', () => {
  const windows = [{ name: 'hour', limit: 400, used: 400 }];
  const steps = [0, 400].map((read) => progress({ read }, read, 1400));
  const view = viewOf([0, started()], [1, steps[0]!], [20, called({ windows })], [20, steps[1]!]);
  // A thousand calls: the window that is full, two more, and a part of the last.
  expect(view.active(START + 20_000)?.toGoMs).toBe(3 * 3_600_000);
});

it('says until when and why it waits, and stops saying so when that is over', () => {
  const view = viewOf([0, started()], [1, waiting(START + 60_000)]);
  expect(progressLine(view, START + 1000)).toBe('POST people waits until 2026-01-01T00:01:00.000Z (hour). 59 s left.');
  expect(progressLine(view, START + 60_000)).toBeUndefined();
});

it('keeps one wait for each request', () => {
  const view = viewOf([0, started()], [1, waiting(START + 60_000)], [2, waiting(START + 90_000)]);
  expect(view.waits(START).map(({ untilMs }) => untilMs - START)).toEqual([90_000]);
});

it('shows what is left of the window that binds', () => {
  const windows = [
    { name: 'minute', limit: 200, used: 20 },
    { name: 'hour', limit: 400, used: 362 },
  ];
  const view = viewOf([0, started()], [1, called({ windows })], [1, progress({ read: 1 }, 1)]);
  expect(progressLine(view, START + 1000)).toBe('people: 1 rows, 1 call, 38 of 400 left this hour');
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
  const happening = called(more as object);
  expect(happening.type === 'called' && callLine(happening.call)).toBe(line);
});
