import type { DuckDBConnection } from '@duckdb/node-api';
import type { Workspace } from '../../contract/destination.ts';
import type { RateLimitState, WindowState } from '../../contract/rate-limit-window.ts';
import { stateTable } from '../schema.ts';
import { appendRows } from '../table-rows.ts';
import type { TableRow } from '../tables.ts';

/** Keeps the rate limits of a workspace instead of those that were kept; statements of one transaction. */
export async function keepQuota(
  connection: DuckDBConnection,
  { id, address }: Workspace,
  states: Readonly<Record<string, RateLimitState>>,
): Promise<void> {
  await connection.run(`delete from ${stateTable('quota_windows')}`);
  await appendRows(connection, 'quota_windows', quotaRows(id ?? address, states));
}

/** The windows of an account's rate limits, a row each. */
const quotaRows = (
  account: string,
  states: Readonly<Record<string, RateLimitState>>,
): readonly TableRow<'quota_windows'>[] =>
  Object.entries(states).flatMap(([action, { pausedUntil, windows }]) =>
    windows.map(({ name, limit, used, closesAt }) => ({
      account,
      action,
      window_name: name,
      limit_count: limit,
      used_count: used,
      closes_at: closesAt ?? null,
      paused_until: pausedUntil || null,
    })),
  );

/**
 * The rate limits as they were kept, by action. An earlier version kept them for each of the credentials, and nothing tells
 * whose are these: those of more than one are left out. Runs that share a store keep theirs in `windows`.
 */
export async function quotaStates(connection: DuckDBConnection): Promise<Readonly<Record<string, RateLimitState>>> {
  const found = await connection.runAndReadAll(
    `select account, action, window_name, limit_count::double, used_count::double, epoch_ms(closes_at)::double,
       coalesce(epoch_ms(paused_until)::double, 0)
     from (
       select account, action, window_name, limit_count, used_count, closes_at, paused_until from ${stateTable('quota_windows')}
       union all
       select '*', action, window_name, limit_count, used_count, closes_at, paused_until from ${stateTable('windows')})`,
  );
  const rows = found.getRows();
  const states: Record<string, { pausedUntil: number; windows: WindowState[] }> = {};
  if (new Set(rows.flatMap(([account]) => account ?? [])).size !== 1) return states;
  for (const [, action, name, limit, used, closesAt, pausedUntil] of rows) {
    states[String(action)] ??= { pausedUntil: Number(pausedUntil), windows: [] };
    states[String(action)]!.windows.push({
      name: String(name),
      limit: Number(limit),
      used: Number(used),
      ...(closesAt !== null && { closesAt: Number(closesAt) }),
    });
  }
  return states;
}
