import type { SentCall } from '../contract/destination.ts';
import { leftOf, type WindowUse } from '../facts/quota.ts';
import { duration, number, outcomeCounts, type RunView, type StreamView } from './run-view.ts';

/** What is left of a window: `38 of 400 left this hour`. */
export const quotaText = (use: WindowUse): string =>
  `${number(leftOf(use))} of ${number(use.limit)} left this ${use.window}`;

/** What is said of a stream after its name, part by part. */
export function streamParts(
  { report, total, calls, toGoMs }: StreamView,
  quota: WindowUse | undefined,
): readonly string[] {
  if (report === undefined) return ['not begun'];
  const rows = total === undefined ? number(report.read) : `${number(report.read)} of ${number(total)}`;
  return [
    `${rows} rows`,
    ...outcomeCounts(report),
    `${number(calls)} ${calls === 1 ? 'call' : 'calls'}`,
    ...(quota === undefined ? [] : [quotaText(quota)]),
    ...(toGoMs === undefined ? [] : [`${duration(toGoMs)} to go`]),
  ];
}

/** One line on where a run is, and what it waits for; undefined while there is nothing to say. */
export function progressLine(view: RunView, at: number): string | undefined {
  const active = view.active(at);
  const [wait] = view.waits(at);
  const waiting = wait && `${wait.message} ${duration(wait.untilMs - at)} left.`;
  if (active === undefined) return waiting;
  return [
    `${active.name}: ${streamParts(active, view.quota.binding(at)).join(', ')}`,
    ...(waiting ? [waiting] : []),
  ].join('; ');
}

/** One request, without its content: `PATCH contacts/{id} 200 43 ms`. */
export function callLine({ request, status, ms, attempt, records }: SentCall): string {
  const carried = records === undefined ? '' : `, ${number(records)} ${records === 1 ? 'record' : 'records'}`;
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return `${request} ${status ?? 'no answer'} ${Math.round(ms)} ms${carried}${again}`;
}
