import type { SentCall } from '../../../runtime/contract/destination.ts';
import type { QuotaNow } from '../../../runtime/facts/quota.ts';
import { type RunSummary, type StreamReport, streamReport } from '../../../runtime/facts/report.ts';
import type { Listener, ListenerEvent } from '../../../runtime/listeners/listener.ts';

/** When these runs begin. */
export const START = Date.UTC(2026, 0, 1);

export type Finished = Extract<ListenerEvent, { type: 'finished' }>;

/** A stream's report with these counts. */
export const reportOf = (counts: Partial<StreamReport> = {}): StreamReport => ({
  ...streamReport({ name: 'people', object: 'contacts', mode: 'upsert' }),
  ...counts,
});

/** The summary of a run that went well, but for what is given. */
export const summaryOf = (more: Partial<RunSummary> = {}): RunSummary => ({
  type: 'run_summary',
  run_id: 'run-1',
  status: 'succeeded',
  started_at: '2026-01-01T00:00:00.000Z',
  finished_at: '2026-01-01T00:01:00.000Z',
  retry_at: null,
  streams: [reportOf({ read: 3, created: 2, rejected: 1, reject_codes: { invalid_email: 1 } })],
  calls: { 'GET me': 1, 'POST people': 2 },
  retries: 0,
  rate_limited: 0,
  ...more,
});

export const started = (...names: readonly string[]): ListenerEvent => ({
  type: 'started',
  runId: 'run-1',
  source: 'duckdb:warehouse.duckdb',
  streams: (names.length > 0 ? names : ['people']).map((name) => ({
    name,
    object: 'contacts',
    mode: 'upsert',
    from: `marts.${name}`,
  })),
});

/** Windows of an hour, as a run stands that has used so many requests of it. */
export const hourly = (used: number, { limit = 400, reservePercent = 0, ceiling = 0 } = {}): QuotaNow => {
  const windows = [{ name: 'hour', limit, ceiling, periodMs: 3_600_000 }];
  const state = { pausedUntil: 0, windows: [{ name: 'hour', limit, used, closesAt: START + 3_600_000 }] };
  return { throttle: { windows, reservePercent, maxWaitMs: 3_900_000 }, states: { 'POST people': state } };
};

export const progress = (
  stream: Partial<StreamReport>,
  calls: number,
  total?: number,
  quota?: QuotaNow,
): ListenerEvent => ({
  type: 'progress',
  stream: reportOf(stream),
  calls: { 'POST people': calls },
  ...(total !== undefined && { total }),
  ...(quota && { quota }),
});

export const called = (more: Partial<SentCall> = {}): ListenerEvent => ({
  type: 'called',
  call: { request: 'POST people', status: 200, startedAt: START, ms: 42.4, attempt: 1, records: 100, ...more },
});

export const waiting = (untilMs: number): ListenerEvent => ({
  type: 'waiting',
  message: `POST people waits until ${new Date(untilMs).toISOString()} (hour).`,
  untilMs,
});

export const finished = (summary: RunSummary = summaryOf(), more: Partial<Finished> = {}): Finished => ({
  type: 'finished',
  summary,
  exitCode: 0,
  examples: { people: { invalid_email: 'email: expected one e-mail address.' } },
  rejectsPath: 'rejects.jsonl',
  ...more,
});

export const refused: ListenerEvent = {
  type: 'refused',
  code: 'invalid_config',
  message: 'streams[0]: no such table.',
  exitCode: 2,
};

/** Shows these to a listener, a second between two of them, and closes it. */
export async function show(listener: Listener, ...events: readonly ListenerEvent[]): Promise<void> {
  let at = START;
  for (const event of events) {
    await listener.on(event, at);
    at += 1000;
  }
  await listener.close?.();
}
