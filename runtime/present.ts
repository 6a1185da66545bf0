import { OUTCOME_STATUSES } from './outcome.ts';
import type { Preview } from './preview.ts';
import type { RunSummary, StreamReport } from './report.ts';

/** A table with its columns as wide as they need to be; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : cell)))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const isNumeric = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return cells.map(line).join('\n');
}

const number = (value: number): string => value.toLocaleString('en-US');

/** A run as a person reads it: outcomes, codes, calls, and what to do next. */
export function summaryText(summary: RunSummary, rejectsPath: string): string {
  const { streams, calls } = summary;
  const paragraphs = [
    table(
      ['stream', 'read', ...OUTCOME_STATUSES],
      streams.map((stream) => [stream.name, stream.read, ...OUTCOME_STATUSES.map((status) => stream[status])]),
    ),
    codes(streams, 'rejected', 'reject_codes'),
    codes(streams, 'deferred', 'deferred_codes'),
    callsText(summary),
    ...(summary.error === undefined ? [] : [summary.error]),
    conclusion(summary, rejectsPath),
  ];
  return paragraphs
    .filter((text) => text !== '' && !(text.startsWith('calls') && Object.keys(calls).length === 0))
    .join('\n\n');
}

function codes(streams: readonly StreamReport[], word: string, key: 'reject_codes' | 'deferred_codes'): string {
  const rows = streams.flatMap((stream) =>
    Object.entries(stream[key]).map(([code, count]) => [stream.name, code, count]),
  );
  return rows.length === 0 ? '' : table(['stream', `${word}: code`, 'rows'], rows);
}

function callsText({ calls, retries, rate_limited }: RunSummary): string {
  const rows = Object.entries(calls).map(([request, count]) => [request, count] as const);
  const again = retries > 0 ? `\n${number(retries)} of them sent again after an error` : '';
  const limited = rate_limited > 0 ? `\n${number(rate_limited)} answered 429 (rate limit)` : '';
  return `${table(['calls', 'count'], rows)}${again}${limited}`;
}

function conclusion({ status, streams, retry_at, run_id }: RunSummary, rejectsPath: string): string {
  const sum = (key: 'rejected' | 'deferred') => streams.reduce((total, stream) => total + stream[key], 0);
  const rejected = sum('rejected') > 0 ? `\nRejected rows, with the reason for each: ${rejectsPath}` : '';
  const deferred =
    sum('deferred') > 0
      ? `\n${number(sum('deferred'))} rows are deferred; run again ${retry_at ? `at ${retry_at}` : 'to send them'}.`
      : '';
  return `Run ${run_id}: ${status}.${rejected}${deferred}`;
}

/** One line on how far a stream is. */
export const progressText = (
  { name, read, ...stream }: StreamReport,
  calls: Readonly<Record<string, number>>,
): string => {
  const counts = OUTCOME_STATUSES.filter((status) => stream[status] > 0).map(
    (status) => `${number(stream[status])} ${status}`,
  );
  const sent = Object.values(calls).reduce((total, count) => total + count, 0);
  return `${name}: ${number(read)} rows done (${counts.join(', ')}), ${number(sent)} calls`;
};

/** A preview as a person reads it. */
export function previewText({ streams, calls }: Preview): string {
  const rows = streams.map(({ name, read, to_send, superseded, rejected }) => [
    name,
    read,
    to_send,
    superseded,
    rejected,
  ]);
  const rejected = streams.flatMap(({ name, reject_codes }) =>
    Object.entries(reject_codes).map(([code, count]) => [name, code, count]),
  );
  const requests = Object.entries(calls).map(([request, { min, max }]) => [
    request,
    min === max ? number(min) : `${number(min)} to ${number(max)}`,
  ]);
  return [
    table(['stream', 'read', 'to send', 'superseded', 'rejected'], rows),
    rejected.length === 0 ? '' : table(['stream', 'rejected: code', 'rows'], rejected),
    requests.length === 0 ? '' : table(['calls', 'count'], requests),
    'Nothing was sent. Where a range is given, only the run can tell new records from existing ones.',
  ]
    .filter((text) => text !== '')
    .join('\n\n');
}
