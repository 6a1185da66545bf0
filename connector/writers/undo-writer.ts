import { coerce } from '../../catalog/coerce.ts';
import { isBlank } from '../../catalog/current-value.ts';
import type { Field, WireValue } from '../../catalog/object.ts';
import type { Change } from '../../runtime/contract/change.ts';
import type { EstimableWriter } from '../../runtime/contract/estimate.ts';
import type { Mapped } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import type { Target } from '../record/target.ts';
import { assign } from '../steps/assign.ts';
import { bulkUpdate } from '../steps/bulk-update.ts';
import { finish } from '../steps/finish.ts';
import { patch } from '../steps/patch.ts';
import { readBack } from '../steps/read-back.ts';
import { apolloWriter } from './apollo-writer.ts';

/** How records get back what they held before a run: its rows are those of `UndoRow`. */
export function undoWriter(target: Target): EstimableWriter<ApolloRecord> {
  return apolloWriter(target, {
    map: (row) => restored(target, row as unknown as UndoRow),
    steps: [readBack(target), bulkUpdate(target), ...assign(target), patch(target), finish],
    memory: {
      learned: ({ values, confirmed = {}, changes }) => ({
        values: confirmed,
        changes,
        leftAlone: Object.keys(values).filter((name) => !Object.hasOwn(confirmed, name)),
      }),
    },
  });
}

/** A record that a run has changed, as the state store tells of it. */
interface UndoRow {
  readonly primary_key: string;
  readonly destination_id: string;
  readonly changes: readonly Change[];
}

function restored(
  { fields, routes }: Target,
  { primary_key: primaryKey, destination_id: id, changes }: UndoRow,
): Mapped<ApolloRecord> {
  const values: Record<string, WireValue> = {};
  const written: Record<string, WireValue> = {};
  for (const { field: name, before, after } of changes) {
    const field = fields.get(name);
    const value = field && routes.has(name) ? formerValue(field, before) : undefined;
    if (value === undefined) continue;
    values[name] = value;
    written[name] = after as WireValue;
  }
  const pending = Object.keys(values);
  const progress = pending.length > 0 ? 'unread' : 'kept';
  const matchKey = `id:${id}`;
  const record = { values, written, matchKey, identity: [], pending, progress } satisfies ApolloRecord;
  return { ok: true, primaryKey, matchKey, record, content: values, id };
}

/** What a field is to get back; undefined where it was not read, or where it cannot be written. */
function formerValue(field: Field, before: unknown): WireValue | undefined {
  // No answer shows lists by name, so whether they still are as the run left them is not known.
  if (before === undefined || field.type === 'lists' || (field.identity && isBlank(before))) return undefined;
  // Answers show the option of a picklist as a list of one (docs.apollo.io/reference/update-a-contact, 2026-08-19).
  const single = field.type === 'option' && Array.isArray(before) ? before[0] : before;
  const { options: _, ...bare } = field;
  const coerced = coerce(bare, single);
  return coerced.ok ? coerced.value : undefined;
}
