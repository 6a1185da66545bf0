// What a destination is built with: the runtime's contract, and what drives a destination that keeps it.
export { entrypoint } from '../runtime/cli/entrypoint.ts';
export type { Executable } from '../runtime/commands/shared/session.ts';
export { invalidConfig, type Problem, problemsOf } from '../runtime/config/problems.ts';
export { editorSchemaOf, formSchemaOf } from '../runtime/config/schema-forms.ts';
export { secretValues } from '../runtime/config/secrets.ts';
export { type Clock, systemClock } from '../runtime/contract/clock.ts';
export type {
  Configured,
  Connection,
  Dependencies,
  Destination,
  Environment,
  Notice,
  Opened,
  Quota,
  Removal,
  RunConfig,
  SentCall,
  Served,
  StreamConfig,
  Traffic,
  Use,
} from '../runtime/contract/destination.ts';
export type { Assumption, EstimableWriter, Estimate, EstimatedStep, FieldWrite } from '../runtime/contract/estimate.ts';
export { ConfigFailure, Failure, RecordFailure, TransientFailure } from '../runtime/contract/failure.ts';
export type { Deferred, Outcome, OutcomeStatus, Position, Rejection } from '../runtime/contract/outcome.ts';
export type {
  ConfiguredStream,
  DestinationCatalog,
  JsonSchema,
  OutgoingMessage,
  Specification,
} from '../runtime/contract/protocol.ts';
export type {
  ColumnKind,
  ColumnKinds,
  ColumnValues,
  Made,
  Provided,
  Provision,
} from '../runtime/contract/provision.ts';
export type { PreparedRecord, Row } from '../runtime/contract/record.ts';
export type { SourceConfig } from '../runtime/contract/source-config.ts';
export type { Known, StateStore } from '../runtime/contract/state-store.ts';
export type { Answer, Answers, Learned, Mapped, RowKey, Step, StepLimits, Writer } from '../runtime/contract/writer.ts';
export type { RunSummary, StreamReport } from '../runtime/facts/report.ts';
export { createHttp, type Http, type HttpAnswer, type HttpRequest } from '../runtime/http/http.ts';
export { RateLimit } from '../runtime/http/rate-limit.ts';
export { type RetryOptions, retry } from '../runtime/http/retry.ts';
export { waitOf } from '../runtime/http/retry-after.ts';
export { type LimitSaid, Transport, type TransportOptions } from '../runtime/http/transport.ts';
export { transportNotices } from '../runtime/http/transport-notices.ts';
export type { Preview } from '../runtime/run/preview/preview.ts';
export type { RunEvent } from '../runtime/run/sync.ts';
export { type PreviewOptions, type RunOptions, type Runs, runsOf, type WriteOptions } from './runs.ts';
