import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { ApolloRecord, Progress } from './apollo-record.ts';

/** What is to be done next about a record: each kind of step takes those of one of these, and writing ones share theirs. */
type NextStep = 'create' | 'create despite match' | 'read' | 'write' | 'finish';

/** By how far a record has come: first of those that Apollo is not known to have, then of those it has. */
export const nextSteps = {
  sought: { mapped: 'create', unverified: 'read', 'name-matched': 'create despite match' },
  held: { mapped: 'write', unread: 'read', found: 'write', changed: 'write', created: 'write', kept: 'finish' },
} as const satisfies Readonly<Record<'sought' | 'held', Partial<Record<Progress, NextStep>>>>;

/** Which step takes the record; undefined for a state in which no record can be. */
export function nextStepOf({ id, record: { progress, pending } }: PreparedRecord<ApolloRecord>): NextStep | undefined {
  if (id === undefined) return (nextSteps.sought as Partial<Record<Progress, NextStep>>)[progress];
  const next = (nextSteps.held as Partial<Record<Progress, NextStep>>)[progress];
  return pending.length === 0 ? 'finish' : next;
}
