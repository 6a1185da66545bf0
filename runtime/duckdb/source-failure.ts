import { ConfigFailure, TransientFailure } from '../contract/failure.ts';

/** The configuration names a source that is not there, or is not what it should be. */
export const invalidSource = (message: string): ConfigFailure => new ConfigFailure(message, { code: 'invalid_source' });

/** The source began to be read, and could not be read to its end. */
export const unreadableSource = (message: string): TransientFailure =>
  new TransientFailure(message, { code: 'source_unreadable', delivery: 'not-delivered' });
