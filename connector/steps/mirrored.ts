import { isBlank } from '../../catalog/current-value.ts';
import { shownAmong } from '../../catalog/shown-name.ts';
import type { EstimatedStep, RequestSent } from '../../runtime/contract/estimate.ts';
import type { Mirror } from '../../runtime/contract/mirror.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { modelClient } from '../record/model/model-client.ts';
import { modelOf } from '../record/model/model-records.ts';
import { type Target, valuesFor } from '../record/target.ts';
import type { ApolloStep, WritingKind } from './apollo-step.ts';

const WRITING: ReadonlySet<ApolloStep['kind']> = new Set<WritingKind>([
  'bulkUpdate',
  'patch',
  'stages',
  'owners',
  'labels',
]);

const isWriting = (kind: ApolloStep['kind']): kind is WritingKind => WRITING.has(kind);

/** The steps of a stream as a run has them, but that their requests go to what an inventory knows. */
export function mirroredSteps(
  target: Target,
  stepsOf: (target: Target) => readonly ApolloStep[],
  { mirror, sent }: { readonly mirror: Mirror; readonly sent: RequestSent },
): readonly EstimatedStep<ApolloRecord>[] {
  const { object } = target;
  const apollo = modelClient({ object, records: modelOf(object.name, mirror), actor: target.actor?.(), sent });
  return stepsOf({ ...target, apollo }).map((step): EstimatedStep<ApolloRecord> => {
    const { kind } = step;
    if (!isWriting(kind)) return step;
    return {
      ...step,
      writes: ({ record }) =>
        Object.entries(valuesFor(target, record, kind)).map(([name, value]) => ({
          field: shownAmong(target.fields, name),
          clears: isBlank(value),
        })),
    };
  });
}
