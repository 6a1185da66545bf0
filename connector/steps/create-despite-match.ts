import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer, Answers } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { matchConflict, showsOther } from '../record/match-conflict.ts';
import { nextStepOf } from '../record/next-step.ts';
import { afterCreate, afterOwn } from '../record/progress.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';
import { answersFor, bulkCreate, pairsOf, payloadOf, requestLevel } from './create.ts';
import { announcing } from './request/announcing.ts';
import { fieldAt } from './request/field-at.ts';
import { writingLimits } from './request/limits.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/**
 * `on_match_conflict: create`: creates accounts that Apollo takes for others of the same name, without its
 * deduplication, which then matches by CRM ids only (docs.apollo.io/reference/bulk-create-accounts, 2026-08; P07).
 *
 * Their domains are not at Apollo: the step before has just asked. A record that comes here a second time may have been
 * created the first time, so it is asked for again before it is sent.
 */
export function createDespiteMatch(target: Target): ApolloStep {
  const endpoint = endpoints[target.object.name].bulkCreate;
  const tried = new Set<number>();
  return {
    kind: 'create despite match',
    request: endpoint.display,
    limits: writingLimits(endpoint, target),
    // A request is only sent twice by this step itself, which reconciles first.
    idempotent: true,
    creates: true,
    content: { of: (prepared) => payloadOf(target, prepared), fieldAt: fieldAt(target, 'create') },
    takes: (prepared) => nextStepOf(prepared) === 'create despite match',
    sharing: {
      key: (prepared) => JSON.stringify(requestLevel(target, prepared)),
      conflicts: ({ record }) => record.identity.filter((key) => !key.startsWith('name:')),
    },
    async send(records, signal, announce) {
      const again = records.filter(({ position }) => tried.has(position));
      const { answers, absent } = await reconcile(target, again, signal);
      const left = [...records.filter((record) => !again.includes(record)), ...absent];
      for (const { position } of left) tried.add(position);
      return new Map([...answers, ...(left.length > 0 ? await createAll(target, left, signal, announce) : [])]);
    },
  };
}

interface Reconciled {
  readonly answers: Answers<ApolloRecord>;
  /** Those for which Apollo named another account of their name, so it has none of their domain. */
  readonly absent: readonly Prepared[];
}

/**
 * Finds which of the records exist by now under their own domain. Creates nothing: each has a name match at Apollo. A record
 * that is not mentioned is in neither part: it may exist, and must not be sent again.
 */
async function reconcile(target: Target, records: readonly Prepared[], signal: AbortSignal): Promise<Reconciled> {
  if (records.length === 0) return { answers: new Map(), absent: [] };
  const answer = await bulkCreate(target, records, { run_dedupe: true }, signal);
  const pairs = pairsOf(target.object, records, answer);
  const isOwn = ({ position }: Prepared): boolean => ['created', 'existing'].includes(pairs.get(position)?.as ?? '');
  const own = records.filter(isOwn);
  const open = records.filter((record) => !isOwn(record));
  const ownIds = new Set(own.map(({ position }) => pairs.get(position)!.slim.id));
  const nameMatches = answer.existing.filter((slim) => !ownIds.has(slim.id) && showsOther(target, slim));
  // As many name matches as open records: each of those met one, whichever it was.
  const isEachMet = nameMatches.length >= open.length;
  return {
    answers: answersFor(own, (prepared) => {
      const { slim } = pairs.get(prepared.position)!;
      return afterOwn(target, prepared, slim.id, slim);
    }),
    absent: open.filter(({ position }) => {
      const pair = pairs.get(position);
      return pair === undefined ? isEachMet : pair.as === 'name-match' && showsOther(target, pair.slim);
    }),
  };
}

async function createAll(
  target: Target,
  records: readonly Prepared[],
  signal: AbortSignal,
  announce: (() => Promise<unknown>) | undefined,
) {
  const answers = new Map<number, Answer<ApolloRecord>>();
  const options = { run_dedupe: false, before: announcing(announce) };
  const pairs = pairsOf(target.object, records, await bulkCreate(target, records, options, signal));
  for (const prepared of records) {
    const found = pairs.get(prepared.position);
    if (found?.as === 'created')
      answers.set(prepared.position, afterCreate(target, prepared, found.slim.id, found.slim));
    else if (found) answers.set(prepared.position, matchConflict(target, prepared.record, found.slim));
  }
  return answers;
}
