import { currentValue, isBlank, sameValue } from '../catalog/current-value.ts';
import type { PreparedRecord } from '../runtime/record.ts';
import type { Answer } from '../runtime/writer.ts';
import type { ApolloRecord } from './apollo-record.ts';
import type { Target } from './target.ts';

type Prepared = PreparedRecord<ApolloRecord>;
type Shown = Readonly<Record<string, unknown>>;

/** What to do next with a record that this run created, and that Apollo shows as `shown`. */
export function afterCreate(target: Target, { record }: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  const pending = record.pending.filter((name) => {
    const field = target.fields.get(name)!;
    if (!target.routes.has(name) || isBlank(record.values[name]!)) return false;
    // Apollo drops some values it does not like and creates the record all the same, an e-mail for one
    // (Apollo's older documentation of contacts, 2024): what came back blank is still to be written.
    const current = currentValue(field, shown);
    return field.writable.create === undefined || (current.known && isBlank(current.value));
  });
  return next(id, { ...record, pending, progress: 'created' });
}

/** What to do next with a record that Apollo already has, and shows as `shown`. */
export function afterFind(target: Target, { record }: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  if (target.existing === 'keep') return { status: 'skipped', id };
  const pending = record.pending.filter((name) => {
    if (!target.routes.has(name)) return false;
    const current = currentValue(target.fields.get(name)!, shown);
    if (!current.known) return true;
    if (target.existing === 'fill_blanks') return isBlank(current.value) && !isBlank(record.values[name]!);
    return !sameValue(target.fields.get(name)!, record.values[name]!, current.value);
  });
  const unread = target.existing === 'fill_blanks' && pending.some((name) => isUnread(target, name, shown));
  return next(id, { ...record, pending, progress: unread ? 'unread' : 'found' });
}

/**
 * What to do next with a record of `on_existing: fill_blanks` that has been read in full. A field that even the full
 * record does not show is left alone: nobody can say that it is blank.
 */
export function afterRead(target: Target, prepared: Prepared, id: string, shown: Shown): Answer<ApolloRecord> {
  const visible = prepared.record.pending.filter((name) => !isUnread(target, name, shown));
  const record = { ...prepared.record, pending: target.existing === 'fill_blanks' ? visible : prepared.record.pending };
  return afterFind(target, { ...prepared, record }, id, shown);
}

/** What to do next with a record of which Apollo has just confirmed `written`. */
export function afterWrite({ record, id }: Prepared, written: readonly string[]): Answer<ApolloRecord> {
  const pending = record.pending.filter((name) => !written.includes(name));
  return next(id!, { ...record, pending, progress: record.progress === 'created' ? 'created' : 'changed' });
}

/** Lists can always be added to; what a record is in already does not matter, and answers do not show it. */
function isUnread(target: Target, name: string, shown: Shown): boolean {
  const field = target.fields.get(name)!;
  return field.type !== 'lists' && !currentValue(field, shown).known;
}

function next(id: string, record: ApolloRecord): Answer<ApolloRecord> {
  if (record.pending.length > 0) return { status: 'onward', id, record };
  return { status: endOf[record.progress] ?? 'unchanged', id };
}

const endOf: Partial<Record<ApolloRecord['progress'], 'created' | 'updated'>> = {
  created: 'created',
  changed: 'updated',
};
