import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { ApolloRecord, Progress } from './apollo-record.ts';

/** What has to be done next about a record: each kind of step takes those of one turn, and writing ones share theirs. */
type Turn = 'create' | 'create despite match' | 'read' | 'write' | 'finish';

/** Whose turn it is, by how far a record has come: first of those that Apollo is not known to have, then of those it has. */
export const turns = {
  sought: { mapped: 'create', unverified: 'read', 'name-matched': 'create despite match' },
  held: { mapped: 'write', unread: 'read', found: 'write', changed: 'write', created: 'write', kept: 'finish' },
} as const satisfies Readonly<Record<'sought' | 'held', Partial<Record<Progress, Turn>>>>;

/** Whose turn it is; undefined for a state in which no record can be. */
export function turnOf({ id, record: { progress, pending } }: PreparedRecord<ApolloRecord>): Turn | undefined {
  if (id === undefined) return (turns.sought as Partial<Record<Progress, Turn>>)[progress];
  const turn = (turns.held as Partial<Record<Progress, Turn>>)[progress];
  return pending.length === 0 ? 'finish' : turn;
}
