import { Failure } from '../../../runtime/contract/failure.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';
import { located } from '../../api/failures.ts';

/** Makes a request whose refusal names records by their Apollo ids, and throws it with their positions instead. */
export async function naming<R, T>(records: readonly PreparedRecord<R>[], request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (failure) {
    const positions = new Map(records.map(({ id, position }) => [id, position]));
    const named = located(failure, (id) => positions.get(id));
    if (named instanceof Failure && failure instanceof Failure) named.mayHaveArrived ??= failure.mayHaveArrived;
    throw named;
  }
}

/** The Apollo ids of records, where they have one. */
export const idsOf = <R>(records: readonly PreparedRecord<R>[]): readonly string[] =>
  records.flatMap(({ id }) => (id === undefined ? [] : [id]));
