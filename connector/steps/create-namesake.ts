import type { PreparedRecord } from '../../runtime/record.ts';
import type { Answer, Step } from '../../runtime/writer.ts';
import type { ApolloRecord } from '../apollo-record.ts';
import { endpoints } from '../endpoints.ts';
import { afterCreate } from '../progress.ts';
import type { Target } from '../target.ts';
import { answersFor, bulkCreate, matchConflict, pairsOf } from './create.ts';
import { limitsOf } from './limits.ts';

/**
 * `on_match_conflict: create`: creates accounts that Apollo takes for others of the same name, without its
 * deduplication, which then matches by CRM ids only (docs.apollo.io/reference/bulk-create-accounts, 2026-08).
 *
 * Their domains are not at Apollo: the step before has just asked. A record that comes here a second time may have been
 * created the first time, so it is asked for again before it is sent.
 */
export function createNamesake(target: Target): Step<ApolloRecord> {
  const endpoint = endpoints[target.object.name].bulkCreate;
  const tried = new Set<number>();
  return {
    request: endpoint.display,
    limits: limitsOf(endpoint),
    // A request is only sent twice by this step itself, which reconciles first.
    idempotent: true,
    takes: ({ record }) => record.progress === 'namesake',
    batchKey: ({ record }) => JSON.stringify(record.values['lists'] ?? null),
    conflictKeys: ({ record }) => record.identity.filter((key) => !key.startsWith('name:')),
    async send(records, signal) {
      const again = records.filter(({ position }) => tried.has(position));
      const answers = new Map(again.length > 0 ? await reconcile(target, again, signal) : []);
      const left = records.filter(({ position }) => !answers.has(position));
      for (const { position } of left) tried.add(position);
      if (left.length > 0)
        for (const [position, answer] of await createAll(target, left, signal)) answers.set(position, answer);
      return answers;
    },
    rehearse: (records) => answersFor(records, (prepared) => afterCreate(target, prepared, 'rehearsed', {})),
  };
}

/** Finds which of the records exist by now under their own domain. Creates nothing: each has a namesake at Apollo. */
async function reconcile(target: Target, records: readonly PreparedRecord<ApolloRecord>[], signal: AbortSignal) {
  const answers = new Map<number, Answer<ApolloRecord>>();
  const pairs = pairsOf(target.object.name, records, await bulkCreate(target, records, { run_dedupe: true }, signal));
  for (const prepared of records) {
    const found = pairs.get(prepared.position);
    if (found && found.as !== 'stranger')
      answers.set(prepared.position, afterCreate(target, prepared, found.slim.id, found.slim));
  }
  return answers;
}

async function createAll(target: Target, records: readonly PreparedRecord<ApolloRecord>[], signal: AbortSignal) {
  const answers = new Map<number, Answer<ApolloRecord>>();
  const pairs = pairsOf(target.object.name, records, await bulkCreate(target, records, { run_dedupe: false }, signal));
  for (const prepared of records) {
    const found = pairs.get(prepared.position);
    if (found?.as === 'created')
      answers.set(prepared.position, afterCreate(target, prepared, found.slim.id, found.slim));
    else if (found) answers.set(prepared.position, matchConflict(target, prepared.record));
  }
  return answers;
}
