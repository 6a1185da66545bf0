import { withoutCredentials } from '../../config/credentials.ts';
import { ConfigFailure, Failure, messageOf, TransientFailure } from '../../contract/failure.ts';
import type { LakeState } from '../../contract/state-config.ts';
import { remoteReason } from '../../duckdb/remote-message.ts';
import { storeText } from '../server/parameters.ts';
import { explainedServer } from '../server/server-failure.ts';

// What may be otherwise the next time, with the same configuration.
const passing = /HTTP (5\d\d|429)|connection|could not (resolve|establish)|timed? ?out|no space left|disk quota/i;

/** What was thrown by a lake that holds a state store, in words that name it. */
export function explainedLake(error: unknown, at: LakeState): unknown {
  const explained = at.path === undefined ? explainedServer(error, at) : error;
  if (explained instanceof Failure) return explained;
  const message = messageOf(error);
  if (!/^(IO|HTTP|Permission|Invalid Configuration|Invalid Input|Catalog|TransactionContext) Error/i.test(message)) {
    return error;
  }
  const text = `${storeText(at)}: the lake cannot be read or written: ${withoutCredentials(remoteReason(message))}.`;
  return passing.test(message)
    ? new TransientFailure(`${text} What it has confirmed is kept; run again.`, {
        code: 'state_unreachable',
        delivery: 'not-delivered',
        cause: error,
      })
    : new ConfigFailure(`${text} Check state.data_path and state.secrets.`, { code: 'invalid_state' });
}
