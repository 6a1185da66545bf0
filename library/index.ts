// The package as a program sees it: runs of the Apollo destination.
import { apollo } from '../connector/apollo.ts';
import manifest from '../package.json' with { type: 'json' };
import { runsOf } from './runs.ts';

/**
 * Runs of the Apollo destination.
 * @public
 */
export const { sync, run, preview, write } = runsOf(apollo, { version: manifest.version });

/**
 * The version of this package.
 * @public
 */
export const version: string = manifest.version;

export type { Notice, SentCall } from '../runtime/contract/destination.ts';
export { ConfigFailure, Failure, RecordFailure, TransientFailure } from '../runtime/contract/failure.ts';
export type { Outcome, OutcomeStatus, Rejection } from '../runtime/contract/outcome.ts';
export type { RunSummary, StreamReport } from '../runtime/facts/report.ts';
export type { Preview } from '../runtime/run/preview/preview.ts';
export type { RunEvent } from '../runtime/run/sync.ts';
export type { Config } from '../spec/config.ts';
export type { PreviewOptions, RunOptions, Runs, WriteOptions } from './runs.ts';
