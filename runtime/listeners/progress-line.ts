import type { SentCall } from '../contract/destination.ts';
import { number } from '../facts/number-text.ts';
import { leftOf, type WindowUse } from '../facts/quota.ts';
import { duration, outcomeCounts, type RunView, type StreamView } from './run-view.ts';

/** What is left of a window: `38 of 400 left this hour`. */
const quotaText = (use: WindowUse): string => `${number(leftOf(use))} of ${number(use.limit)} left this ${use.window}`;

/** What is said of a stream after its name, part by part, what a person waits for first. */
export function streamParts(
  { report, total, calls, toGoMs }: StreamView,
  quota: WindowUse | undefined,
): readonly string[] {
  if (report === undefined) return ['not begun'];
  const rows = total === undefined ? rowsText(report.read) : `${number(report.read)} of ${rowsText(total)}`;
  return [
    ...(toGoMs === undefined ? [] : [`${duration(toGoMs)} to go`]),
    rows,
    ...outcomeCounts(report),
    ...(quota === undefined ? [] : [quotaText(quota)]),
    `${number(calls)} ${calls === 1 ? 'call' : 'calls'}`,
  ];
}

const rowsText = (count: number): string => `${number(count)} ${count === 1 ? 'row' : 'rows'}`;

// What a terminal shows that has not been made wider.
const lineWidth = 80;
const nameWidth = 24;

/** One line on where a run is, and how long it waits; undefined while there is nothing to say. Never wider than a terminal. */
export function progressLine(view: RunView, at: number): string | undefined {
  const active = view.active(at);
  const [wait] = view.waits(at);
  const left = wait && duration(wait.untilMs - at);
  if (active === undefined) return wait && clipped(`${left} to wait: ${wait.message}`, lineWidth);
  const parts = streamParts(active, view.quota.binding(at));
  const known = active.toGoMs === undefined ? 1 : 2;
  const waits = left === undefined ? [] : [`waits ${left}`];
  return fitted(`${clipped(active.name, nameWidth)}: `, [...parts.slice(0, known), ...waits, ...parts.slice(known)]);
}

/** As many of the parts as a line has room for, the earlier ones before the later. */
function fitted(head: string, parts: readonly string[]): string {
  const kept: string[] = [];
  for (const part of parts) if ((head + [...kept, part].join(', ')).length <= lineWidth) kept.push(part);
  return head + kept.join(', ');
}

const clipped = (text: string, width: number): string => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

/** One request, without its content: `PATCH contacts/{id} 200 43 ms`. */
export function callLine({ request, status, ms, attempt, records }: SentCall): string {
  const carried = records === undefined ? '' : `, ${number(records)} ${records === 1 ? 'record' : 'records'}`;
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return `${request} ${status ?? 'no answer'} ${Math.round(ms)} ms${carried}${again}`;
}
