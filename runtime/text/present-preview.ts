import { number } from '../facts/number-text.ts';
import { unfinishedOf } from '../facts/report.ts';
import { breachText } from '../run/preview/guards.ts';
import type { Range, Ranges } from '../run/preview/plan-range.ts';
import type { Preview } from '../run/preview/preview.ts';
import type { StreamPreview } from '../run/preview/stream-preview.ts';
import { droppedText, table } from './present.ts';

/** A preview as a person reads it, in 80 columns where names allow; what requests would say only where it was asked for. */
export function previewText(preview: Preview): string {
  const { streams } = preview;
  const paragraphs = [
    rowsText(streams),
    inventoryText(preview),
    unfinishedText(streams),
    changesText(streams),
    rejectsText(streams),
    droppedText(streams),
    ...streams.map(sharedText),
    makesText(preview),
    callsText(preview),
    plansText(preview),
    strategiesText(preview),
    costsText(preview),
    ...streams.map(payloadsText),
    preview.guards.map((breach) => `A run would stop: ${breachText(breach)}`).join('\n'),
    conclusion(preview),
  ];
  return paragraphs.filter((text) => text !== '').join('\n\n');
}

// Most rows have none of these fates; a column for each would make the table wider than a terminal.
const seldom = ['skipped', 'superseded', 'rejected', 'deferred', 'removed'] as const;

function rowsText(streams: readonly StreamPreview[]): string {
  if (streams.length === 0) return 'There is no stream to preview.';
  const shown = seldom.filter((key) => streams.some((stream) => (stream[key] ?? 0) > 0));
  const rows = streams.map((stream) => [
    stream.name,
    stream.read,
    ...[stream.new, stream.changed].map(rangeCell),
    stream.unchanged,
    ...shown.map((key) => stream[key] ?? 0),
  ]);
  return table(['stream', 'read', 'new', 'changed', 'unchanged', ...shown], rows);
}

/** What makes the numbers exact, and of when it is. */
const inventoryText = ({ inventory = [] }: Preview): string =>
  inventory
    .map(({ object, records, read_at }) => {
      const count = records === null ? '' : `${number(records)} `;
      return `Exact as of the inventory of ${read_at.slice(0, 16).replace('T', ' ')} UTC: ${count}${object}.`;
    })
    .join('\n');

/** Records that an earlier run has made and not finished: a run writes the rest of them. */
function unfinishedText(streams: readonly StreamPreview[]): string {
  const rows = unfinishedOf(streams);
  return rows === 0
    ? ''
    : `Of the new rows ${number(rows)} are created, unfinished: an earlier run has made their records, and this one writes the rest.`;
}

function changesText(streams: readonly StreamPreview[]): string {
  const rows = streams.flatMap(({ name, changed_fields }) =>
    firstOf(byMost(changed_fields)).map(([field, rows]) => [name, field, rangeCell(rows)]),
  );
  return rows.length === 0 ? '' : table(['stream', 'changed: field', 'rows'], rows);
}

function rejectsText(streams: readonly StreamPreview[]): string {
  const rows = streams.flatMap(({ name, reject_codes }) =>
    Object.entries(reject_codes).map(([code, count]) => [name, code, count]),
  );
  return rows.length === 0 ? '' : table(['stream', 'rejected: code', 'rows'], rows);
}

/** Different companies under one domain, or people under one address: of each key only one row is written. */
const sharedText = ({ name, shared_keys }: StreamPreview): string =>
  shared_keys === undefined
    ? ''
    : `${name}: ${number(shared_keys.rows)} rows with different names share ${shared_keys.key}; of those that do only the last is written.`;

/** What comes before any row; the names of options, which are values of rows, only where they were asked for. */
function makesText({ makes }: Preview): string {
  const rows = makes.map(({ stream, what, count, request, names }) => [
    stream,
    `${count === 1 ? what.replace(/^options\b/, 'option') : what}${names ? `: ${names.join(', ')}` : ''}`,
    count,
    request,
  ]);
  return rows.length === 0 ? '' : table(['stream', 'made first', 'count', 'by'], rows);
}

function callsText({ calls, times: [time] }: Preview): string {
  if (Object.keys(calls).length === 0) return '';
  if (time === undefined)
    return table(
      ['calls', 'count'],
      Object.entries(calls).map(([request, count]) => [request, rangeCell(count)]),
    );
  const rows = time.endpoints.map(({ request, calls, seconds, binding }) => {
    const window = time.endpoints
      .find((endpoint) => endpoint.request === request)
      ?.windows.find((window) => window.window === binding);
    const waits =
      window === undefined ? '' : `${window.window}: ${number(window.used)} of ${number(window.limit)} used`;
    return [request, rangeCell(calls), duration(seconds), waits];
  });
  return table(['calls', 'count', 'take', 'wait for the'], rows);
}

function plansText({ times }: Preview): string {
  const rows = times.map(({ plan, is_configured, seconds, runs }) => [
    is_configured ? `${plan} (configured)` : plan,
    duration(seconds),
    rangeCell(runs),
  ]);
  return rows.length === 0 ? '' : table(['plan', 'the calls take', 'runs'], rows);
}

function strategiesText({ strategies }: Preview): string {
  const rows = strategies.map(({ name, is_configured, calls, seconds }) => [
    is_configured ? `${name} (configured)` : name,
    rangeCell(calls),
    seconds === null ? '' : duration(seconds),
  ]);
  return rows.length === 0 ? '' : table(['updates', 'calls', 'take'], rows);
}

function costsText({ costs }: Preview): string {
  const rows = firstOf(costs).map(({ field, request, calls, alone, of }) => [
    field,
    request,
    rangeCell(calls),
    rangeCell(alone),
    rangeCell(of),
  ]);
  return rows.length === 0 ? '' : table(['cost of a field', 'by', 'calls', 'for it alone', 'of'], rows);
}

function payloadsText({ name, payloads = [] }: StreamPreview): string {
  if (payloads.length === 0) return '';
  const texts = payloads.map(
    ({ request, id, payload }) =>
      `${request}${id === undefined ? '' : `, id ${id}`}\n${JSON.stringify(payload, null, 2)}`,
  );
  return [`First records of ${name}, as they would be sent:`, ...texts].join('\n\n');
}

function conclusion({ streams }: Preview): string {
  const unknown = streams.reduce((sum, stream) => sum + stream.unknown, 0);
  if (unknown === 0) return 'Nothing was sent.';
  const rows = unknown === 1 ? 'one row' : `${number(unknown)} rows`;
  return `Nothing was sent. Of ${rows} only the run can tell whether ${unknown === 1 ? 'it is' : 'they are'} new,
and what existing records lack: hence the ranges.`;
}

const byMost = (counts: Ranges) => Object.entries(counts).sort(([, a], [, b]) => b.max - a.max || b.min - a.min);

const shownAtMost = 8;
const firstOf = <T>(list: readonly T[]): readonly T[] => list.slice(0, shownAtMost);

/** A number where it is exact, as wide as any other number of its column; else both ends. */
const rangeCell = ({ min, max }: Range): string | number => (min === max ? max : `${number(min)}–${number(max)}`);

const duration = ({ min, max }: Range): string => {
  const [least, most] = [durationText(min), durationText(max)];
  return least === most ? most : `${least} to ${most}`;
};

const units = [
  ['min', 60],
  ['h', 3600],
  ['days', 86_400],
] as const;

/** `under 1 min`, `45 min`, `10.5 h`, `29 days`. */
function durationText(seconds: number): string {
  if (seconds < 60) return 'under 1 min';
  const [unit, length] = units.findLast(([, length]) => seconds >= length * (length === 86_400 ? 3 : 1))!;
  const value = seconds / length;
  return `${value < 10 && unit !== 'min' ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}
