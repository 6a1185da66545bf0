import { OUTCOME_STATUSES } from '../../contract/outcome.ts';
import { percentOf, type WindowUse } from '../../facts/quota.ts';
import type { RejectMessages } from '../../facts/reject-samples.ts';
import type { StreamReport } from '../../facts/report.ts';
import { remedyFor } from '../../text/remedies.ts';
import type { ListenerEvent } from '../listener.ts';
import type { PipesMethods } from './pipes-message.ts';

type Metadata = PipesMethods['report_asset_check']['metadata'];

type Finished = Extract<ListenerEvent, { type: 'finished' }>;

/** What a run says of one asset. */
interface AssetReport {
  readonly streams: readonly StreamReport[];
  readonly finished: Finished;
  /** The fullest of the longest windows; undefined where the server named none. */
  readonly quota: WindowUse | undefined;
  /** Whether the run came to an end before it came to some of them. */
  readonly isUnfinished: boolean;
}

const int = (raw_value: number): Metadata[string] => ({ raw_value, type: 'int' });
const text = (raw_value: string): Metadata[string] => ({ raw_value, type: 'text' });
const md = (raw_value: string): Metadata[string] => ({ raw_value, type: 'md' });

/** The metadata of an asset's materialization; counts are the sum over its streams. */
export function metadata({ streams, finished, quota }: AssetReport): Metadata {
  const { summary, rejectsPath, report } = finished;
  const outcomes = OUTCOME_STATUSES.map((status) => [status, int(sum(streams, status))]);
  const calls = Object.values(summary.calls).reduce((total, count) => total + count, 0);
  return {
    read: int(sum(streams, 'read')),
    ...Object.fromEntries(outcomes),
    ...(streams.length > 1 && { streams: md(streamsTable(streams)) }),
    run_id: text(summary.run_id),
    status: text(summary.status),
    run_calls: int(calls),
    run_calls_by_request: md(table(['request', 'count'], Object.entries(summary.calls))),
    run_retries: int(summary.retries),
    run_rate_limited: int(summary.rate_limited),
    ...(summary.retry_at !== null && {
      retry_at: { raw_value: Date.parse(summary.retry_at) / 1000, type: 'timestamp' },
    }),
    ...quotaMetadata(quota),
    ...(sum(streams, 'rejected') > 0 && {
      rejects: md(rejectsTable(streams, finished.examples)),
      rejects_file: { raw_value: rejectsPath, type: 'path' },
    }),
    ...(report !== undefined && { report: { raw_value: report, type: /^https?:/.test(report) ? 'url' : 'path' } }),
  };
}

const quotaMetadata = (quota: WindowUse | undefined): Metadata =>
  quota === undefined
    ? {}
    : {
        quota_used_percent: { raw_value: percentOf(quota), type: 'float' },
        quota_window: text(`${quota.request}: ${quota.used} of ${quota.limit} requests of the ${quota.window}`),
      };

/** The checks of an asset, without its key. */
export function checks(report: AssetReport): readonly Omit<PipesMethods['report_asset_check'], 'asset_key'>[] {
  const { streams, finished, quota, isUnfinished } = report;
  const rejected = sum(streams, 'rejected');
  const deferred = sum(streams, 'deferred');
  const used = quota === undefined ? undefined : percentOf(quota);
  return [
    {
      check_name: 'no_rejects',
      passed: rejected === 0,
      severity: finished.summary.status === 'rejected' ? 'ERROR' : 'WARN',
      metadata: {
        rejected: int(rejected),
        ...(rejected > 0 && { rejects: md(rejectsTable(streams, finished.examples)) }),
      },
    },
    {
      check_name: 'not_deferred',
      passed: deferred === 0 && !isUnfinished,
      severity: 'WARN',
      metadata: {
        deferred: int(deferred),
        ...(deferred > 0 && { codes: md(deferredTable(streams)) }),
        ...(isUnfinished && { not_begun: { raw_value: true, type: 'bool' } }),
      },
    },
    {
      check_name: 'quota_below_80_percent',
      passed: used === undefined || used < 80,
      severity: 'WARN',
      metadata: quota === undefined ? { quota_used_percent: text('unknown') } : quotaMetadata(quota),
    },
  ];
}

const sum = (streams: readonly StreamReport[], key: 'read' | (typeof OUTCOME_STATUSES)[number]): number =>
  streams.reduce((total, stream) => total + stream[key], 0);

// The codes of a contract are a few; those of a destination that makes up its own must not fill the page.
const rowsMax = 30;

function rejectsTable(streams: readonly StreamReport[], examples: RejectMessages): string {
  const rows = streams.flatMap(({ name, reject_codes }) =>
    Object.entries(reject_codes).map(([code, count]) => [
      name,
      code,
      count,
      examples[name]?.[code] ?? '',
      remedyFor(code),
    ]),
  );
  return table(['stream', 'code', 'rows', 'example', 'what to do'], rows);
}

const deferredTable = (streams: readonly StreamReport[]): string =>
  table(
    ['stream', 'code', 'rows'],
    streams.flatMap(({ name, deferred_codes }) =>
      Object.entries(deferred_codes).map(([code, count]) => [name, code, count]),
    ),
  );

const streamsTable = (streams: readonly StreamReport[]): string =>
  table(
    ['stream', 'read', ...OUTCOME_STATUSES],
    streams.map((stream) => [stream.name, stream.read, ...OUTCOME_STATUSES.map((status) => stream[status])]),
  );

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map(cell).join(' | ')} |`;
  const more = rows.length > rowsMax ? [`\n${rows.length - rowsMax} more`] : [];
  return [line(head), line(head.map(() => '---')), ...rows.slice(0, rowsMax).map(line), ...more].join('\n');
}

const cell = (value: string | number): string =>
  typeof value === 'number' ? String(value) : value.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').slice(0, 200);
