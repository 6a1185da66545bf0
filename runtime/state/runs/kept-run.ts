import { type DuckDBConnection, VARCHAR } from '@duckdb/node-api';
import type { RunAbout } from '../../facts/about.ts';
import type { RunStatus, RunSummary } from '../../facts/report.ts';
import { stateTable } from '../schema.ts';

/** A run as the state store keeps it; without a summary it has not ended, or was killed. */
interface KeptRun {
  readonly id: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly finishedAt: number | undefined;
  readonly created: number;
  readonly summary: (RunSummary & { readonly about?: RunAbout }) | undefined;
  readonly isLast: boolean;
}

/** The run of this id, or without one the last; undefined where there is none. */
export async function keptRun(connection: DuckDBConnection, id?: string): Promise<KeptRun | undefined> {
  const found = await connection.runAndReadAll(
    `select run_id, status, epoch_ms(started_at)::double, epoch_ms(finished_at)::double, coalesce(created, 0)::double, summary,
       started_at = (select max(started_at) from ${stateTable('runs')})
     from ${stateTable('runs')} where $1 in ('', run_id) order by started_at desc limit 1`,
    [id ?? ''],
    [VARCHAR],
  );
  const [row] = found.getRows();
  if (row === undefined) return undefined;
  const [runId, status, startedAt, finishedAt, created, summary, isLast] = row;
  return {
    id: String(runId),
    status: String(status) as RunStatus,
    startedAt: Number(startedAt),
    finishedAt: finishedAt === null ? undefined : Number(finishedAt),
    created: Number(created),
    summary: summary === null ? undefined : JSON.parse(String(summary)),
    isLast: isLast === true,
  };
}
