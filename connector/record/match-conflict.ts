import { currentValue, isBlank } from '../../catalog/current-value.ts';
import type { Field } from '../../catalog/object.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import { endpoints } from '../api/endpoints.ts';
import type { Slim } from '../api/wire.ts';
import { addressInApp } from './address-in-app.ts';
import type { ApolloRecord } from './apollo-record.ts';
import { evidenceOf } from './decision.ts';
import type { Target } from './target.ts';

/** The refusal to touch a record that Apollo matched under another key than the row's own, or that shows none. */
export function matchConflict(target: Target, { matchKey }: ApolloRecord, shown: Slim): Answer<ApolloRecord> {
  const { object, fields } = target;
  const key = matchKey.slice(0, matchKey.indexOf(':'));
  const hint =
    object.name === 'accounts' ? ' With `on_match_conflict: create` the row becomes an account of its own.' : '';
  return {
    status: 'rejected',
    rejection: {
      code: 'match_conflict',
      message:
        `Apollo matched the ${object.singular} ${addressInApp(object, shown.id)} ` +
        `${hasBlank(fields.get(key), shown) ? `without ${key}` : `whose ${key} is another one`} (it also matches by ` +
        `${object.name === 'contacts' ? 'name and company' : 'name'}); it was left as it is.${hint}`,
      field: object.matchField,
      endpoint: endpoints[object.name].bulkCreate.display,
      httpStatus: 200,
      attempts: 1,
      destinationId: shown.id,
      evidence: evidenceOf(target, shown),
    },
  };
}

/**
 * Whether an answer shows a record to be another one than the row's: by its domain, or by a name and no domain. What shows neither,
 * or nothing but nulls, tells nothing, and an account that is made for it could be a second one.
 */
export function showsOther({ object: { matchField } }: Target, shown: Slim): boolean {
  const key = shown[matchField];
  if (typeof key === 'string' && !isBlank(key)) return true;
  return (key === null || key === '') && typeof shown['name'] === 'string' && !isBlank(shown['name']);
}

const hasBlank = (field: Field | undefined, shown: Slim): boolean => {
  const current = field && currentValue(field, shown);
  return current?.known === true && isBlank(current.value);
};
