import type { EndpointName } from '../../../catalog/object.ts';
import { RecordFailure } from '../../../runtime/contract/failure.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';
import type { Answer, Answers } from '../../../runtime/contract/writer.ts';
import type { Call } from '../../api/client.ts';
import type { Endpoint } from '../../api/endpoints.ts';
import { Unmentioned } from '../../api/failures.ts';
import { bulkUpdated, type Slim } from '../../api/wire.ts';
import type { ApolloRecord } from '../../record/apollo-record.ts';
import { afterSent } from '../../record/progress.ts';
import { type Target, valuesFor } from '../../record/target.ts';
import { announcing } from './announcing.ts';
import { another } from './another.ts';
import { idsOf, naming } from './naming.ts';
import { fieldsIn } from './writes.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/** A request that writes many records by their ids. */
interface ManyWritten {
  readonly endpoint: Endpoint;
  readonly by: EndpointName;
  /** What it says of these records. */
  requestOf(records: readonly Prepared[]): Pick<Call<unknown>, 'body' | 'query'>;
  readonly signal: AbortSignal;
  readonly announce: (() => Promise<unknown>) | undefined;
}

/** Writes records with one request, and answers for those that Apollo's answer shows. */
export async function writeMany(
  target: Target,
  records: readonly Prepared[],
  { endpoint, by, requestOf, signal, announce }: ManyWritten,
): Promise<Answers<ApolloRecord>> {
  const before = announcing(announce);
  const ask = (some: readonly Prepared[]): Promise<ReadonlyMap<string, Slim>> => {
    const schema = bulkUpdated(target.object.name, idsOf(some));
    const about = { records: some.length, fields: fieldsIn(target, some, by), idempotent: true, schema, before };
    return naming(some, () => target.apollo.call(endpoint, { ...requestOf(some), ...about }, signal));
  };
  const confirmed = await ask(records).catch((failure: unknown) => goneOr(failure, records[0]!, ask));
  const answers = new Map<number, Answer<ApolloRecord>>();
  // Of many, nothing says whose it is: each that Apollo does not mention is sent once more, alone.
  const unasked = records.length === 1 ? [...(confirmed?.keys() ?? [])].find((id) => id !== records[0]!.id) : undefined;
  for (const prepared of records) {
    const values = valuesFor(target, prepared.record, by);
    const shown = confirmed?.get(prepared.id!);
    if (confirmed === undefined && isRemembered(prepared)) answers.set(prepared.position, gone(endpoint));
    if (shown)
      answers.set(prepared.position, afterSent(target, prepared, { by, endpoint: endpoint.display, values, shown }));
    else if (unasked !== undefined)
      answers.set(prepared.position, another(target, { id: prepared.id!, shown: unasked, endpoint: endpoint.display }));
  }
  return answers;
}

/**
 * What an answer that mentions none of many records says: nothing, most of the time. But where Apollo leaves out what it no longer
 * has, all of them may be gone, and would be sent for ever: then the first is left out when it is asked about alone as well.
 */
async function goneOr(
  failure: unknown,
  first: Prepared,
  ask: (records: readonly Prepared[]) => Promise<ReadonlyMap<string, Slim>>,
): Promise<undefined> {
  if (!(failure instanceof Unmentioned)) throw failure;
  const alone = await ask([first]).catch((refusal: unknown) => {
    if (refusal instanceof RecordFailure && refusal.code === 'record_deleted') return new Map();
    throw failure;
  });
  if (alone.has(first.id!)) throw failure;
  return undefined;
}

/** Who is known by the state store alone is looked for once more; any other is asked about alone first. */
const isRemembered = ({ id, known }: Prepared): boolean => known?.id === id;

const gone = (endpoint: Endpoint): Answer<ApolloRecord> => ({
  status: 'rejected',
  rejection: {
    code: 'not_acknowledged',
    message: 'Apollo mentioned none of the records of a request in its answer, nor one of them when it was sent alone.',
    endpoint: endpoint.display,
    httpStatus: 200,
    attempts: 1,
    retryable: true,
  },
});
