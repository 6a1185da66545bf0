import { identityKeys, keyKinds } from '../../catalog/identity-keys.ts';

import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { type Target, valuesFor } from '../record/target.ts';
import type { ApolloStep } from './apollo-step.ts';

/**
 * Has requests that could make Apollo take one record for another be made one after the other, in the order of their steps' calls. Which
 * of two rows of one name and company is created, and which one then conflicts with it, would else be decided by the network.
 */
export function inTurn(steps: readonly ApolloStep[], target: Target): readonly ApolloStep[] {
  const turns = new Turns();
  return steps.map((step): ApolloStep => {
    const keysOf = keysBy(step, target);
    if (keysOf === undefined) return step;
    return {
      ...step,
      send: (records, ...around) => turns.take(records.flatMap(keysOf), () => step.send(records, ...around)),
    };
  });
}

type KeysOf = (prepared: PreparedRecord<ApolloRecord>) => readonly string[];

/** By which keys a request of a step looks for records, or changes by which they are found; undefined for one that does neither. */
function keysBy({ kind }: ApolloStep, target: Target): KeysOf | undefined {
  if (kind === 'create' || kind === 'create despite match') return ({ record }) => record.identity;
  if (kind !== 'bulkUpdate' && kind !== 'patch') return undefined;
  const { name } = target.object;
  const naming = new Set([...keyKinds(name).values()].flat());
  return ({ record }) => {
    const written = Object.keys(valuesFor(target, record, kind));
    if (!written.some((field) => naming.has(field))) return [];
    return [...record.identity, ...identityKeys(name, record.confirmed ?? {})];
  };
}

/** Work that waits for what was asked for before under one of its keys. */
class Turns {
  readonly #last = new Map<string, Promise<void>>();

  async take<T>(keys: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = new Set(keys.flatMap((key) => this.#last.get(key) ?? []));
    const done = before.size === 0 ? work() : Promise.all(before).then(work);
    const end: Promise<void> = done.then(
      () => undefined,
      () => undefined,
    );
    for (const key of keys) this.#last.set(key, end);
    try {
      return await done;
    } finally {
      for (const key of keys) if (this.#last.get(key) === end) this.#last.delete(key);
    }
  }
}
