import type { EndpointName } from '../../catalog/object.ts';
import type { Step } from '../../runtime/contract/writer.ts';
import type { Endpoint } from '../api/endpoints.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { isReadyFor, type Target } from '../record/target.ts';
import { fieldAt } from './request/field-at.ts';
import { writingLimits } from './request/limits.ts';

/** Endpoints that write pending fields of existing records. */
export type WritingKind = Exclude<EndpointName, 'create'>;

/** A step, and which kind it is of: an estimate answers by that. */
export interface ApolloStep extends Step<ApolloRecord> {
  readonly kind:
    | WritingKind
    | 'create'
    | 'create despite match'
    | 'read'
    | 'read back'
    | 'look up'
    | 'take off lists'
    | 'local';
}

/** What steps share that write pending fields of existing records, each by its endpoint. */
export const updating = (
  target: Target,
  kind: WritingKind,
  endpoint: Endpoint,
  of: NonNullable<ApolloStep['content']>['of'],
) => ({
  kind,
  request: endpoint.display,
  limits: writingLimits(endpoint, target),
  idempotent: true,
  takes: (prepared: Parameters<ApolloStep['takes']>[0]) => isReadyFor(target, prepared, kind),
  content: { of, fieldAt: fieldAt(target, kind) },
});
