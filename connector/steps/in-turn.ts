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
      send: (records, ...around) => turns.take(keysOfAll(records, keysOf), () => step.send(records, ...around)),
    };
  });
}

type KeysOf = (prepared: PreparedRecord<ApolloRecord>) => readonly string[];

function keysOfAll(records: readonly PreparedRecord<ApolloRecord>[], keysOf: KeysOf): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const record of records) for (const key of keysOf(record)) keys.add(key);
  return keys;
}

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

/** Work that is under way, or waits for its turn. */
interface Turn {
  readonly keys: ReadonlySet<string>;
  readonly end: Promise<unknown>;
}

/** Work that waits for what was asked for before under one of its keys. */
class Turns {
  /** A few at most, as many as requests may be in flight. */
  readonly #open = new Set<Turn>();

  async take<T>(keys: ReadonlySet<string>, work: () => Promise<T>): Promise<T> {
    const before = [...this.#open].filter((turn) => sharesOne(keys, turn.keys)).map(({ end }) => end);
    const done = before.length === 0 ? work() : Promise.all(before).then(work);
    const turn = { keys, end: done.catch(() => undefined) };
    this.#open.add(turn);
    try {
      return await done;
    } finally {
      this.#open.delete(turn);
    }
  }
}

function sharesOne(keys: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const key of keys) if (others.has(key)) return true;
  return false;
}
