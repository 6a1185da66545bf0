import { messageOf, TransientFailure } from '../../contract/failure.ts';
import { type StateAt, stateFile } from '../../contract/state-config.ts';
import { explainedLake } from '../lake/lake-failure.ts';
import { explainedServer } from '../server/server-failure.ts';

/** What was thrown when the state store at a path was written to; where its disk or the memory is to blame, in words that name the store. */
export function explainedWrite(error: unknown, path: StateAt): unknown {
  if (typeof path !== 'string') {
    return path.type === 'ducklake' ? explainedLake(error, path) : explainedServer(error, path);
  }
  const message = messageOf(error);
  if (tooLittleMemory.test(message)) return outOfMemory(error, path);
  const isFull = /no space left|ENOSPC|disk quota|EDQUOT|file too large/i.test(message);
  if (!isFull && !/IO Error|read-only file system/i.test(message)) return error;
  const why = isFull ? 'its disk is full' : message.split('\n', 1)[0]!.trim();
  return new TransientFailure(
    `The state store ${path} cannot be written: ${why}. What it has confirmed is kept. Make room, or move it (state.path), and run again.`,
    { code: 'state_unwritable', delivery: 'not-delivered', cause: error },
  );
}

// The second is what a commit says.
const tooLittleMemory = /^Out of Memory Error|^TransactionContext Error: Failed to commit: failed to (?:pin|allocate)/;

const outOfMemory = (error: unknown, path: string): TransientFailure =>
  new TransientFailure(
    `The state store ${path} cannot be written: DuckDB has too little memory for it. What it has confirmed is kept. Raise source.memory_limit, or give the container more, and run again.`,
    { code: 'state_unwritable', delivery: 'not-delivered', cause: error },
  );

/**
 * What was thrown where a store was read, or anything else that a run does, in words that name what holds it where DuckDB says that a
 * PostgreSQL or a lake is to blame: what a source has thrown is a Failure by then.
 */
export function explainedRead(error: unknown, at: StateAt | undefined): unknown {
  if (typeof at !== 'object') return error;
  const message = messageOf(error);
  if (stateFile(at) === undefined && /Postgres|Failed to \w+ (query|COPY)/i.test(message))
    return explainedServer(error, at);
  return at.type === 'ducklake' && /^HTTP Error|DuckLake/.test(message) ? explainedLake(error, at) : error;
}
