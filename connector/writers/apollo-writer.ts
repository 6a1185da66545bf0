import type { CompiledMapping } from '../../catalog/mapping.ts';
import type { Values } from '../../catalog/object.ts';
import { shownNames } from '../../catalog/shown-name.ts';
import type { EstimableWriter, RequestSent } from '../../runtime/contract/estimate.ts';
import type { Mirror } from '../../runtime/contract/mirror.ts';
import type { Row } from '../../runtime/contract/record.ts';
import type { Mapped } from '../../runtime/contract/writer.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { upperBoundOf } from '../record/estimate.ts';
import { learnedOf } from '../record/learned.ts';
import type { Target } from '../record/target.ts';
import type { ApolloStep } from '../steps/apollo-step.ts';
import { estimated } from '../steps/estimated.ts';
import { mirroredSteps } from '../steps/mirrored.ts';

type ApolloWriter = EstimableWriter<ApolloRecord>;

/** What one writer has of its own. */
interface WriterParts extends Pick<ApolloWriter, 'map' | 'version' | 'naming' | 'links' | 'decisions'> {
  /** Absent: its rows are those of the state store, which are named there. */
  readonly columns?: readonly string[];
  readonly key?: ApolloWriter['key'];
  readonly steps: readonly ApolloStep[];
  /** The same steps for another target; absent where what Apollo has does not decide what they do. */
  readonly stepsFor?: (target: Target) => readonly ApolloStep[];
  /** What it does otherwise than to remember `learnedOf` each record. */
  readonly memory?: Omit<NonNullable<ApolloWriter['memory']>, 'fieldNames'>;
}

/** How rows become requests to Apollo, and what those would come to. */
export function apolloWriter(target: Target, { steps, stepsFor, memory, ...parts }: WriterParts): ApolloWriter {
  return {
    columns: [],
    key: { columns: [], matchKeyOf: () => undefined },
    ...parts,
    aheadMs: () => target.apollo.skewMs(),
    steps,
    memory: { learned: learnedOf, fieldNames: shownNames(target.fields.values()), ...memory },
    estimated: (assumed) => ({
      steps: steps.map((step) => estimated(target, step, assumed)),
      ...(assumed === 'upper' && { offered: (record: ApolloRecord) => upperBoundOf(target, record) }),
    }),
    ...(stepsFor && {
      mirrored: (mirror: Mirror, sent: RequestSent) => ({ steps: mirroredSteps(target, stepsFor, { mirror, sent }) }),
    }),
  };
}

/** The rows of a stream, mapped; the record is made of the values, and content is what of them is written. */
export const mappedBy =
  (
    mapping: CompiledMapping,
    recordOf: (matchKey: string, values: Values, id: string | undefined) => ApolloRecord,
    contentOf: (values: Values) => unknown,
  ) =>
  (row: Row): Mapped<ApolloRecord> => {
    const mapped = mapping.map(row);
    if (!mapped.ok) return mapped;
    const { primaryKey, matchKey, values, apolloId: id, dropped, link } = mapped;
    return {
      ok: true,
      primaryKey,
      matchKey,
      record: recordOf(matchKey, values, id),
      content: contentOf(values),
      id,
      dropped,
      link,
    };
  };

/** What a mapping says of the key of its rows. */
export const keyOf = ({ keyColumns, matchKeyOf, primaryKeyColumn }: CompiledMapping) => ({
  columns: keyColumns,
  matchKeyOf,
  primaryKeyColumn,
});
