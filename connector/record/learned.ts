import { sameValue } from '../../catalog/current-value.ts';
import { keyKinds } from '../../catalog/identity-keys.ts';
import type { Values } from '../../catalog/object.ts';
import type { Learned } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from './apollo-record.ts';
import type { Target } from './target.ts';

/** What is remembered of a record. */
export const learnedOf = (
  { confirmed, pending, changes, lists, progress }: ApolloRecord,
  { isNamed, isAdopted }: Pick<Learned, 'isNamed' | 'isAdopted'> = {},
): Learned => ({
  values: confirmed !== undefined && isFilled(confirmed) ? confirmed : undefined,
  pending,
  changes,
  lists,
  isCreated: progress === 'created',
  isNamed,
  isAdopted,
});

function isFilled(values: Values): boolean {
  for (const _ in values) return true;
  return false;
}

/** Whether Apollo has confirmed every field that the match key is made of. */
export function isNamed({ object, fields }: Target, { matchKey, values, confirmed = {} }: ApolloRecord): boolean {
  const names = keyKinds(object.name).get(matchKey.slice(0, matchKey.indexOf(':'))) ?? [];
  const isConfirmed = (name: string): boolean =>
    Object.hasOwn(confirmed, name) && sameValue(fields.get(name)!, values[name]!, confirmed[name]);
  return names.length > 0 && names.every((name) => fields.has(name) && isConfirmed(name));
}
