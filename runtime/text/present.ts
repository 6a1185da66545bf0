import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import type { FieldCost } from '../facts/costs.ts';
import { counted } from '../facts/counted.ts';
import { number } from '../facts/number-text.ts';
import type { RejectMessages } from '../facts/reject-samples.ts';
import {
  countOf,
  droppedOf,
  REMOVED_STATUSES,
  type RunSummary,
  type StreamReport,
  unfinishedOf,
} from '../facts/report.ts';
import { withCode } from './error-text.ts';
import { nextStep, remedyFor } from './remedies.ts';
import { type Paint, uncoloured } from './terminal-colour.ts';

/** A table with its columns as wide as they need to be; numbers, and ranges of them, to the right. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [head, ...rows.map((row) => row.map((cell) => (typeof cell === 'number' ? number(cell) : cell)))];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const isNumeric = head.map((_, column) => rows.every((row) => isNumber(row[column])));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd();
  return cells.map(line).join('\n');
}

const isNumber = (cell: string | number | undefined): boolean =>
  typeof cell === 'number' || /^\d[\d,]*–\d[\d,]*$/.test(cell ?? '');

/** What a summary is shown with. */
interface SummaryOptions {
  readonly rejectsPath: string;
  readonly examples?: RejectMessages;
  readonly paint?: Paint;
  /** Calls that known rejects did not cost again. */
  readonly savedCalls?: number;
  /** Where the page about the run is. */
  readonly report?: string | undefined;
  /** Characters in a line. */
  readonly width?: number;
}

/** A run as a person reads it: outcomes, codes with an example each, calls, and what to do next. */
export function summaryText(
  summary: RunSummary,
  { rejectsPath, examples = {}, paint = uncoloured, savedCalls = 0, report, width = 140 }: SummaryOptions,
): string {
  const { streams, calls } = summary;
  const paragraphs = [
    outcomesText(streams),
    loudText(summary),
    rejected(streams, examples, width),
    codes(streams, 'deferred', 'deferred_codes'),
    droppedText(streams),
    removedText(streams),
    savedText(savedCalls),
    Object.keys(calls).length === 0 ? '' : callsText(summary),
    costsText(summary.costs ?? []),
    withheldText(summary.plan),
    (summary.notices ?? []).map(({ message }) => message).join('\n'),
    summary.error === undefined ? '' : withCode(summary.error, summary.error_code),
    conclusion(summary, { rejectsPath, report }, paint),
  ];
  return paragraphs.filter((text) => text !== '').join('\n\n');
}

/** What became of records whose rows are gone, and why not all that was to. */
function removedText(streams: readonly StreamReport[]): string {
  const seen = streams.flatMap(({ name, removed }) => (removed && removed.found > 0 ? [{ name, removed }] : []));
  if (seen.length === 0) return '';
  const counts = seen.map(({ name, removed }) => [
    name,
    removed.found,
    ...REMOVED_STATUSES.map((status) => removed[status]),
  ]);
  const codes = seen.flatMap(({ name, removed }) =>
    Object.entries({ ...removed.reject_codes, ...removed.deferred_codes }).map(([code, count]) => [name, code, count]),
  );
  const head = ['stream', 'rows gone', ...REMOVED_STATUSES];
  return [table(head, counts), ...(codes.length > 0 ? [table(['stream', 'rows gone: code', 'rows'], codes)] : [])].join(
    '\n\n',
  );
}

function outcomesText(streams: readonly StreamReport[]): string {
  if (streams.length === 0) return '';
  const rows = streams.map((stream) => [stream.name, stream.read, ...OUTCOME_STATUSES.map((status) => stream[status])]);
  return table(['stream', 'read', ...OUTCOME_STATUSES], rows);
}

/** Streams with no row written at all, which is seldom what was meant. */
function loudText({ streams, status }: RunSummary): string {
  if (status === 'failed' || status === 'cancelled') return '';
  return streams
    .filter(({ mode }) => mode !== 'undo')
    .flatMap(({ name, read, rejected: refused }) => {
      if (read === 0) return [`${name}: no row was read. Is the table, the query or the file empty?`];
      return refused === read ? [`${name}: every row was rejected.`] : [];
    })
    .join('\n');
}

/** What it saved to know which rows were rejected before. */
const savedText = (calls: number): string =>
  calls === 0 ? '' : `Rejected rows in which nothing has changed were not sent again: ${counted(calls, 'call')} saved.`;

/** Each code with the message of one of its rows, and below them what can be done about it. */
function rejected(streams: readonly StreamReport[], examples: RejectMessages, width: number): string {
  const found = codeRows(streams, 'reject_codes');
  if (found.length === 0) return '';
  const head = ['stream', 'rejected: code', 'rows'];
  const room = Math.max(40, width - table(head, found).indexOf('\n') - 2);
  const rows = found.map(([stream, code, count]) => [
    stream,
    code,
    count,
    clipped(examples[stream]?.[code] ?? '', room),
  ]);
  const remedies = [...new Set(found.map(([, code]) => code))].map((code) => [code, remedyFor(code)]);
  return `${table([...head, 'for example'], rows)}\n\n${table(['code', 'what to do'], remedies)}`;
}

function codes(streams: readonly StreamReport[], word: string, key: 'reject_codes' | 'deferred_codes'): string {
  const rows = codeRows(streams, key);
  return rows.length === 0 ? '' : table(['stream', `${word}: code`, 'rows'], rows);
}

/** Values that did not fit and were left out; their rows are written without them. */
export function droppedText(streams: readonly Pick<StreamReport, 'name' | 'dropped_codes'>[]): string {
  const rows = streams.flatMap((stream) =>
    droppedOf(stream).map(({ code, field, values }) => [stream.name, code, field, values]),
  );
  return rows.length === 0 ? '' : table(['stream', 'dropped: code', 'field', 'values'], rows);
}

const codeRows = (streams: readonly StreamReport[], key: 'reject_codes' | 'deferred_codes') =>
  streams.flatMap((stream) => Object.entries(stream[key]).map(([code, count]) => [stream.name, code, count] as const));

// The whole message stands in the rejects file; a table is read along its columns.
const clipped = (message: string, room: number): string => {
  const line = message.replaceAll(/\s+/g, ' ');
  return line.length > room ? `${line.slice(0, room - 1)}…` : line;
};

function callsText({ calls, retries, rate_limited }: RunSummary): string {
  const rows = Object.entries(calls).map(([request, count]) => [request, count] as const);
  const again = retries > 0 ? `\n${number(retries)} of them sent again after an error` : '';
  const limited = rate_limited > 0 ? `\n${number(rate_limited)} answered 429 (rate limit)` : '';
  return `${table(['calls', 'count'], rows)}${again}${limited}`;
}

/** What a plan kept from being sent. */
function withheldText({ withheld, withheld_records = {} }: NonNullable<RunSummary['plan']> = { withheld: {} }): string {
  const records = Object.entries(withheld_records).flatMap(([stream, kinds]) =>
    Object.entries(kinds).map(([kind, count]) => [`${kind} of stream ${stream}`, count] as const),
  );
  const rows = [...records, ...Object.entries(withheld)];
  if (rows.length === 0) return '';
  return `${table(['beyond the plan', 'withheld'], rows)}\nTheir rows are deferred: sync with a new plan, or without one.`;
}

// The dearest fields are what a person acts on.
const costsShown = 8;

/** For which fields existing records were written, and how often for nothing else. */
/** What fields cost in calls, the dearest of them; empty where none was written. */
export function costsText(costs: readonly FieldCost[]): string {
  const rows = costs
    .slice(0, costsShown)
    .map(({ field, request, calls, alone, of }) => [field, request, calls, alone, of]);
  return rows.length === 0 ? '' : table(['cost of a field', 'by', 'calls', 'for it alone', 'of'], rows);
}

function deferredText(rows: number, unfinished: number): string {
  const all = rows === 1 ? '1 row is deferred.' : `${number(rows)} rows are deferred.`;
  if (unfinished === 0) return all;
  return `${all} ${number(unfinished)} of them: created, unfinished. Their records are there (or changed in part); the next run completes them.`;
}

const STYLES = {
  succeeded: 'green',
  deferred: 'yellow',
  cancelled: 'yellow',
  rejected: 'red',
  failed: 'red',
} as const satisfies Record<RunSummary['status'], Parameters<Paint>[1]>;

function conclusion(
  summary: RunSummary,
  { rejectsPath, report }: Pick<SummaryOptions, 'rejectsPath' | 'report'>,
  paint: Paint,
): string {
  const { status, streams, run_id } = summary;
  const sum = (key: 'rejected' | 'deferred') => streams.reduce((total, stream) => total + countOf(stream, key), 0);
  const next = nextStep(summary);
  return [
    `Run ${run_id}: ${paint(status, STYLES[status])}.`,
    ...(sum('rejected') > 0 ? [`Rejected rows, with the reason for each: ${rejectsPath}`] : []),
    ...(report === undefined ? [] : [`Report: ${report}`]),
    ...(sum('deferred') > 0 ? [deferredText(sum('deferred'), unfinishedOf(streams))] : []),
    ...(next === '' ? [] : [next]),
  ].join('\n');
}
