import { describe, expect, test } from 'vitest';
import { accounts } from '../../../catalog/account.ts';
import { contacts } from '../../../catalog/contact.ts';
import type { DestinationObject, Field } from '../../../catalog/object.ts';
import type { ApolloRecord, Progress } from '../../../connector/record/apollo-record.ts';
import { nextStepOf, nextSteps } from '../../../connector/record/next-step.ts';
import { routes } from '../../../connector/record/routes.ts';
import { type Target, valuesFor } from '../../../connector/record/target.ts';
import type { ApolloStep, WritingKind } from '../../../connector/steps/apollo-step.ts';
import { membershipWriter } from '../../../connector/writers/membership.ts';
import { type Mode, steps } from '../../../connector/writers/modes.ts';
import { removalWriter } from '../../../connector/writers/removal.ts';
import { undoWriter } from '../../../connector/writers/undo-writer.ts';
import type { PreparedRecord } from '../../../runtime/contract/record.ts';
import type { StreamConfig } from '../../../spec/stream.ts';

const listed = contacts.fields.find(({ name }) => name === 'lists')!;

function targetOf(object: DestinationObject, updates: 'individual' | 'bulk', fields: readonly Field[]): Target {
  const apollo = { quota: () => ({}), closed: () => undefined } as unknown as Target['apollo'];
  return {
    ...{ apollo, object, routes: routes(fields, updates), existing: 'update', onMatchConflict: 'create' },
    fields: new Map(fields.map((field) => [field.name, field])),
    readsBefore: true,
  };
}

type Prepared = PreparedRecord<ApolloRecord>;

const recordIn = (progress: Progress, id: string | undefined, pending: readonly string[]): Prepared => {
  const values = Object.fromEntries(pending.map((name) => [name, 'x']));
  return {
    id,
    position: 0,
    record: { values, pending, progress, candidate: 'c', identity: [] },
  } as unknown as Prepared;
};

const sought = Object.keys(nextSteps.sought) as Progress[];
const held = Object.keys(nextSteps.held) as Progress[];

/** Every state that a record can be in: how far it has come, whether its id is known, and which fields are pending. */
function statesOf(
  target: Target,
  { withoutId, withId }: { withoutId: readonly Progress[]; withId: readonly Progress[] },
) {
  const names = [...target.fields.keys()].filter((name) => target.routes.has(name));
  const pendings = [names, ...names.map((name) => [name])];
  return [
    ...withoutId.flatMap((progress) => pendings.map((pending) => recordIn(progress, undefined, pending))),
    ...withId.map((progress) => recordIn(progress, 'id', [])),
    ...withId
      .filter((progress) => progress !== 'kept')
      .flatMap((progress) => pendings.map((pending) => recordIn(progress, 'id', pending))),
  ];
}

/** What is not as it must be: a state that no step takes, or several, or of which a field is written twice or never, or that ends too early. */
function faults(target: Target, taking: readonly ApolloStep[], states: readonly Prepared[]): readonly string[] {
  return states.flatMap((state) => {
    const takers = taking.filter((step) => step.takes(state));
    const { record } = state;
    const name = `${record.progress} ${state.id ?? 'no id'} [${record.pending.join(' ')}]: ${takers.map(({ kind }) => kind).join(', ')}`;
    if (nextStepOf(state) === 'finish' && record.pending.length > 0) return [name];
    if (nextStepOf(state) !== 'write' || takers.some(({ kind }) => kind === 'take off lists')) {
      return takers.length === 1 ? [] : [name];
    }
    const written = takers.flatMap(({ kind }) => Object.keys(valuesFor(target, record, kind as WritingKind)));
    return written.length > 0 && written.sort().join() === [...record.pending].sort().join() ? [] : [name];
  });
}

describe.each([contacts, accounts])('of $name', (object) => {
  describe.each(['individual', 'bulk'] as const)('written by %s', (updates) => {
    const target = targetOf(object, updates, object.fields);

    test.each<[Mode, readonly Progress[]]>([
      ['upsert', sought],
      ['insert', sought],
      ['update', []],
    ])('in mode %s each state has exactly one taker', (mode, withoutId) => {
      const states = statesOf(target, { withoutId, withId: held });
      expect(faults(target, steps(mode, target), states)).toEqual([]);
    });

    test('so it has where records get back what they held', () => {
      const states = statesOf(target, { withoutId: [], withId: ['unread', 'found', 'changed', 'kept'] });
      const restorable = states.filter(({ record }) => !record.pending.includes('lists'));
      expect(faults(target, undoWriter(target).steps as readonly ApolloStep[], restorable)).toEqual([]);
    });
  });

  const onLists = targetOf(object, 'bulk', [listed]);

  test.each<[NonNullable<StreamConfig['membership']>['behaviour'], readonly Progress[]]>([
    ['add', ['mapped']],
    ['mirror', ['mapped']],
    ['remove', ['mapped']],
    ['upsert', sought],
  ])('in a list sync by %s each state has exactly one taker', (behaviour, withoutId) => {
    const writer = membershipWriter(behaviour, { columns: [], keyColumns: [] } as never, onLists, 'v');
    const known = behaviour === 'upsert' ? held : (['mapped', 'found'] as const);
    const states = statesOf(onLists, { withoutId, withId: known });
    const met = behaviour === 'remove' ? states.filter(({ record }) => record.pending.length > 0) : states;
    expect(faults(onLists, writer.steps as readonly ApolloStep[], met)).toEqual([]);
  });

  test('of records whose rows are gone each state has exactly one taker', () => {
    const writer = removalWriter(onLists, { takesOff: ['List'], field: listed });
    const states = statesOf(onLists, { withoutId: [], withId: ['found'] });
    expect(faults(onLists, writer.steps as readonly ApolloStep[], states)).toEqual([]);
  });
});
