import type { Settled } from '../contract/record.ts';

/** One line of the rejects file. */
export interface RejectLine {
  readonly run_id: string;
  readonly stream: string;
  readonly primary_key: string | null;
  readonly code: string;
  readonly message: string;
  readonly field: string | null;
  readonly endpoint: string | null;
  readonly http_status: number | null;
  readonly attempts: number;
  readonly retryable: boolean;
  readonly record: unknown;
  readonly at: string;
  /** The record at the destination: the one that is in the way, or the row's own; null where none is known. */
  readonly destination_id: string | null;
}

/** A rejected row as its line of the rejects file; undefined for any other outcome. */
export function rejectLine(
  { outcome, row, primaryKey, id }: Settled,
  runId: string,
  stream: string,
  at: number,
): RejectLine | undefined {
  if (outcome.status !== 'rejected') return undefined;
  const { code, message, field, endpoint, httpStatus, attempts, retryable, destinationId } = outcome.rejection;
  return {
    run_id: runId,
    stream,
    primary_key: primaryKey ?? null,
    code,
    message,
    field: field ?? null,
    endpoint: endpoint ?? null,
    http_status: httpStatus ?? null,
    attempts: attempts ?? 0,
    retryable: retryable ?? false,
    record: row,
    at: new Date(at).toISOString(),
    destination_id: destinationId ?? id ?? null,
  };
}
