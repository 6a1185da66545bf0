import { isBlank } from '../../catalog/current-value.ts';
import type { WireValue } from '../../catalog/object.ts';
import { shownAmong } from '../../catalog/shown-name.ts';
import type { Assumption, EstimatedStep, FieldWrite } from '../../runtime/contract/estimate.ts';
import type { PreparedRecord } from '../../runtime/contract/record.ts';
import type { Answer } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { place } from '../record/body.ts';
import { samePerson } from '../record/decision.ts';
import {
  afterEstimate,
  blankRecord,
  isOffered,
  lowerAfterCreate,
  lowerAfterRead,
  upperAfterMatch,
  upperAfterRead,
  writtenBy,
} from '../record/estimate.ts';
import { afterCreate, afterFind, afterRead, valuesOf } from '../record/progress.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep, WritingKind } from './apollo-step.ts';
import { answersFor, inDoubt } from './create.ts';
import { onward } from './look-up.ts';
import { idToRead } from './read.ts';
import { stillOurs } from './read-back.ts';
import { takenOff } from './remove-from-lists.ts';

type Prepared = PreparedRecord<ApolloRecord>;

/** A step as it is in an estimate: it answers in Apollo's place, and makes no request. */
export function estimated(target: Target, step: ApolloStep, assumed: Assumption): EstimatedStep<ApolloRecord> {
  const { kind } = step;
  if (kind === 'local') return step;
  if (kind === 'take off lists') {
    const writes = () => [{ field: shownAmong(target.fields, 'lists'), clears: false }];
    return { ...step, writes, send: async (records) => answersFor(records, takenOff) };
  }
  if (kind in asking) {
    const answer = (prepared: Prepared) => asking[kind as keyof typeof asking](target, prepared, assumed);
    return { ...step, asks: kind !== 'read back', send: async (records) => answersFor(records, answer) };
  }
  return writing(target, step, kind as WritingKind);
}

function writing(target: Target, step: ApolloStep, kind: WritingKind): EstimatedStep<ApolloRecord> {
  const namesOf = writtenBy(target, kind);
  const isGrouped = kind === 'stages' || kind === 'owners';
  const writeOf = fieldWrites(target);
  const key = ({ record }: Prepared) =>
    JSON.stringify(place(target.fields, valuesOf(record, namesOf(record)), kind).request);
  return {
    ...step,
    takes: (prepared) => isOffered(prepared, kind) ?? step.takes(prepared),
    ...(isGrouped && { sharing: { ...step.sharing, key } }),
    writes: ({ record }) => namesOf(record).map((name) => writeOf(name, record.values[name]!)),
    send: async (records) => answersFor(records, (prepared) => afterEstimate(target, prepared, kind)),
  };
}

/** What is said of a field that is written, or cleared: one object for each, as it is said of every row. */
function fieldWrites({ fields }: Target): (name: string, value: WireValue) => FieldWrite {
  const made = { written: new Map<string, FieldWrite>(), cleared: new Map<string, FieldWrite>() };
  return (name, value) => {
    const clears = isBlank(value);
    const known = clears ? made.cleared : made.written;
    const write = known.get(name) ?? { field: shownAmong(fields, name), clears };
    known.set(name, write);
    return write;
  };
}

/** The answers of steps that ask what Apollo holds of a record. */
const asking = {
  create: (target, prepared, assumed) =>
    afterEstimatedCreate[assumed](target, prepared, `estimated ${prepared.position}`),
  'create despite match': (target, prepared) => upperAfterMatch(target, prepared, `estimated ${prepared.position}`, {}),
  read: (target, prepared, assumed) => {
    const id = idToRead(prepared);
    const { record } = prepared;
    if (record.decision?.word === 'new_person' && record.progress === 'unverified') {
      return { status: 'onward', record: { ...record, progress: 'name-matched' } };
    }
    if (assumed === 'upper') return renaming(record, upperAfterRead(target, prepared, id));
    if (assumed === 'lower') return lowerAfterRead(target, prepared, id);
    return afterRead(target, prepared, id, assumed === 'full' ? blankRecord(target) : {});
  },
  'look up': (_, prepared) => onward(prepared),
  'read back': (_, { id, record }) => stillOurs(id!, record, record.pending),
} satisfies Readonly<Record<string, (target: Target, prepared: Prepared, assumed: Assumption) => Answer<ApolloRecord>>>;

/** A record that is the row's since a person says so is looked up before it gets the row's match key. */
const renaming = ({ decision, progress }: ApolloRecord, answer: Answer<ApolloRecord>): Answer<ApolloRecord> =>
  samePerson(decision) === undefined || progress !== 'unverified' || answer.record === undefined
    ? answer
    : { ...answer, record: { ...answer.record, isRenamed: true } };

type AfterCreate = (target: Target, prepared: Prepared, id: string) => Answer<ApolloRecord>;

const afterEstimatedCreate: Readonly<Record<Assumption, AfterCreate>> = {
  empty: (target, prepared, id) => afterCreate(target, prepared, id, {}),
  full: (target, prepared, id) => afterFind(target, prepared, id, {}),
  lower: lowerAfterCreate,
  // A match that is in doubt is looked into first, and may then be all that another one is.
  upper: (target, prepared, id) => {
    const { record } = prepared;
    if (!record.matchKey.startsWith('domain:')) return inDoubt(record, id);
    if (target.onMatchConflict === 'create' || record.decision?.word === 'new_person')
      return { status: 'onward', record: { ...record, progress: 'name-matched' } };
    return upperAfterMatch(target, prepared, id, {});
  },
};
