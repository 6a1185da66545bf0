import { currentValue, type Shown, sameValue } from '../../catalog/current-value.ts';
import { matchKeysOfAnswer } from '../../catalog/identity-keys.ts';
import type { Decision } from '../../runtime/contract/decision.ts';
import type { Rejection } from '../../runtime/contract/outcome.ts';
import type { Slim } from '../api/wire.ts';
import { addressInApp } from './address-in-app.ts';
import type { ApolloRecord } from './apollo-record.ts';
import type { ExistingPolicy, Target } from './target.ts';

/** What a person may decide of a row: what happens to its record if that exists, or whether a match conflict is the same person. */
export const DECISIONS = ['update', 'skip', 'fill_blanks', 'same_person', 'new_person'] as const;

/** Those that answer a match conflict. */
export const ANSWERS = ['same_person', 'new_person'] as const;

const policies: Readonly<Record<string, ExistingPolicy>> = {
  update: 'update',
  skip: 'keep',
  fill_blanks: 'fill_blanks',
};

/** What the steps of a stream share, with the policy that a person has decided on for this record. */
export function targetFor(target: Target, { decision }: Pick<ApolloRecord, 'decision'>): Target {
  const existing = decision && policies[decision.word];
  return existing === undefined || existing === target.existing ? target : { ...target, existing };
}

/** The record that a row is to use, as a person has decided; undefined where none has, or where it was never named to anyone. */
export const samePerson = (decision: Decision | undefined): string | undefined =>
  decision?.word === 'same_person' ? decision.conflict?.id : undefined;

/** The match keys of that record, as it was shown when the decision was made. */
export const conflictKeys = ({ object }: Target, decision: Decision): readonly string[] =>
  samePerson(decision) === undefined || decision.conflict?.evidence === undefined
    ? []
    : matchKeysOfAnswer(object.name, JSON.parse(decision.conflict.evidence));

/** How Apollo shows a record: what a later look is compared with. */
export function evidenceOf({ object }: Target, shown: Shown): string {
  const names = [...new Set([...object.fields.flatMap(({ shownAs }) => shownAs ?? []), 'name', CHANGED_AT])].sort();
  return JSON.stringify(
    Object.fromEntries(names.filter((name) => isPlain(shown[name])).map((name) => [name, shown[name]])),
  );
}

const CHANGED_AT = 'updated_at';

const isPlain = (value: unknown): boolean => value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** Why a decision about a match conflict does not hold for what Apollo shows; undefined where it does. */
export function staleness(target: Target, record: ApolloRecord, shown: Slim): string | undefined {
  const { word = '', conflict } = record.decision ?? {};
  const { object } = target;
  if (conflict === undefined) return undefined;
  if (conflict.id !== shown.id) {
    return `it was made about ${addressInApp(object, conflict.id)}, and Apollo has matched ${addressInApp(object, shown.id)}`;
  }
  if (word !== 'same_person' || conflict.evidence === undefined) return undefined;
  return hasChanged(target, record, JSON.parse(conflict.evidence), shown)
    ? `${addressInApp(object, shown.id)} has changed since then`
    : undefined;
}

/** Whether a record is shown otherwise than it was, and otherwise than this row would have left it: a run that was cut off may have written that. */
function hasChanged({ object, fields }: Target, { values }: ApolloRecord, before: Shown, now: Shown): boolean {
  const changed = Object.keys(before).filter(
    (name) =>
      isPlain(before[name]) && Object.hasOwn(now, name) && JSON.stringify(before[name]) !== JSON.stringify(now[name]),
  );
  if (changed.length === 0) return false;
  const written = changed.filter((name) => name !== CHANGED_AT);
  const isOwn = (shownAs: string): boolean => {
    const name = object.fields.find((field) => field.shownAs === shownAs)?.name ?? '';
    const [field, wanted] = [fields.get(name), values[name]];
    if (field === undefined || wanted === undefined) return shownAs === 'name';
    const current = currentValue(field, now);
    return current.known && sameValue(field, wanted, current.value);
  };
  return written.length === 0 || !written.every(isOwn);
}

/** The refusal of a decision that does not hold any more. */
export const decisionStale = ({ object }: Target, why: string, about: Partial<Rejection>): Rejection => ({
  code: 'decision_stale',
  message:
    `The decision about this row does not hold: ${why}. Nothing was written. Look at the record, then \`forget --decision\`, ` +
    'so that the next run takes the decision for what it has found now; or correct the row.',
  field: object.matchField,
  ...about,
});
