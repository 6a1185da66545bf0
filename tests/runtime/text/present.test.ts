import { expect, it } from 'vitest';
import { summaryText } from '../../../runtime/text/present.ts';
import { paintFor } from '../../../runtime/text/terminal-colour.ts';
import { reportOf, summaryOf } from '../listeners/listener-events.ts';

const examples = { people: { invalid_email: 'email: expected one e-mail address; received text of 14 characters.' } };
const rejectsPath = 'rejects.jsonl';

it('a run is shown with its rejects, one example of each code, and what to do', () => {
  expect(summaryText(summaryOf(), { rejectsPath, examples })).toBe(
    `
stream  read  created  updated  unchanged  skipped  superseded  rejected  deferred
people     3        2        0          0        0           0         1         0

stream  rejected: code  rows  for example
people  invalid_email      1  email: expected one e-mail address; received text of 14 characters.

code           what to do
invalid_email  correct the address in the source, or null it where the field is optional

calls        count
GET me           1
POST people      2

Run run-1: succeeded.
Rejected rows, with the reason for each: rejects.jsonl`.trimStart(),
  );
});

it('a deferred run says what waits for what, and when to run again', () => {
  const streams = [reportOf({ read: 1500, created: 500, deferred: 1000, deferred_codes: { quota_exhausted: 1000 } })];
  const text = summaryText(summaryOf({ status: 'deferred', retry_at: '2026-01-01T01:00:00.000Z', streams }), {
    rejectsPath,
  });
  expect(text).toContain('people  quota_exhausted  1,000');
  expect(text.split('\n').slice(-3)).toEqual([
    'Run run-1: deferred.',
    '1,000 rows are deferred.',
    'Run again at 2026-01-01T01:00:00.000Z: the deferred rows go on, the others are not sent twice.',
  ]);
});

it('an example is cut where the line would be too long, and put on one line', () => {
  const long = { people: { invalid_email: `email:\n${'x'.repeat(200)}` } };
  const line = (width: number) =>
    summaryText(summaryOf(), { rejectsPath, examples: long, width })
      .split('\n')
      .find((text) => text.includes(' email: x'))!;
  expect([line(100).length, line(10).length, line(100).at(-1)]).toEqual([100, 70, '…']);
});

it('colours show how it ended, and only where they are wanted', () => {
  const paint = paintFor({ isTerminal: true, environment: {} });
  expect(summaryText(summaryOf(), { rejectsPath, paint })).toContain('run-1: \u001b[32msucceeded\u001b[39m.');
  expect(summaryText(summaryOf({ status: 'failed' }), { rejectsPath, paint })).toContain('\u001b[31mfailed');
});

it('a failed run has its message, and a run without calls no table of them', () => {
  const text = summaryText(summaryOf({ status: 'failed', error: 'The key was revoked.', calls: {} }), { rejectsPath });
  expect(text).toContain('\n\nThe key was revoked.\n\nRun run-1: failed.');
  expect(text).not.toContain('calls');
});

it('a stream of which nothing was written is loud', () => {
  const streams = [
    reportOf({ name: 'none', read: 0, created: 0, rejected: 0, reject_codes: {} }),
    reportOf({ name: 'bad', read: 2, created: 0, rejected: 2, reject_codes: { invalid_email: 2 } }),
    reportOf({ name: 'good', read: 3, created: 3 }),
  ];
  const text = summaryText(summaryOf({ status: 'rejected', streams }), { rejectsPath });
  expect(text).toContain(
    'none: no row was read. Is the table, the query or the file empty?\nbad: every row was rejected.\n',
  );
  expect(text).not.toContain('good: ');
  expect(summaryText(summaryOf({ status: 'cancelled', streams }), { rejectsPath })).not.toContain('no row was read');
});
