import { OUTCOME_STATUSES } from '../contract/outcome.ts';
import type { RunSummary } from '../facts/report.ts';

/**
 * The line that Kestra takes the outputs and metrics of a task from (kestra.io/docs/scripts/outputs-metrics, 2026-09):
 * the summary, and a counter for each outcome of each stream.
 */
export function kestraLine(summary: RunSummary): string {
  const metrics = summary.streams.flatMap((stream) =>
    (['read', ...OUTCOME_STATUSES] as const).map((name) => ({
      name,
      type: 'counter',
      value: stream[name],
      tags: { stream: stream.name },
    })),
  );
  return `::${oneLine(JSON.stringify({ outputs: summary, metrics }))}::`;
}

// JSON leaves these as they are, and Java ends a line at them.
const oneLine = (json: string): string =>
  json.replaceAll(/[\u0085\u2028\u2029]/g, (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`);
