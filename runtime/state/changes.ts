import type { Settled } from '../contract/record.ts';
import { nextPlace } from './next-place.ts';
import type { TableRow } from './tables.ts';

/** What is kept of the fields that a row has changed, so that the run can be undone. */
export function changesOf(
  { changes = [], primaryKey, id }: Settled,
  { stream, runId, at }: { readonly stream: string; readonly runId: string; readonly at: number },
): readonly TableRow<'changes'>[] {
  if (primaryKey === undefined || id === undefined) return [];
  return changes.map(({ field, before, after }) => ({
    run_id: runId,
    stream,
    primary_key: primaryKey,
    destination_id: id,
    field,
    before: before === undefined ? null : JSON.stringify(before),
    after: JSON.stringify(after),
    at,
    undone_by: null,
    place: nextPlace(at),
    still: null,
    looked_at: null,
  }));
}
