import type { Configured, Destination, RunConfig, Surroundings } from '../contract/destination.ts';
import { ConfigFailure } from '../contract/failure.ts';
import {
  catalogMessage,
  connectionFailed,
  connectionSucceeded,
  logMessage,
  type OutgoingMessage,
  specMessage,
} from '../contract/protocol.ts';

/** Says what a configuration may hold. */
export async function* spec<C extends RunConfig>(
  destination: Destination<C>,
): AsyncGenerator<OutgoingMessage, void, void> {
  yield specMessage(destination.specification());
}

/**
 * Says whether the credentials are good and permit what the streams need. What a person can put right is a status;
 * anything else is thrown.
 */
export async function* check<C extends RunConfig>(
  destination: Destination<C>,
  configured: () => Promise<Configured<C>>,
  { surroundings, signal }: { surroundings: Surroundings; signal: AbortSignal },
): AsyncGenerator<OutgoingMessage, void, void> {
  try {
    const { config, warnings } = await configured();
    for (const warning of warnings) yield logMessage('WARN', warning);
    const connection = destination.connect(config, surroundings);
    try {
      yield logMessage('INFO', await connection.check(signal));
    } finally {
      await connection.close();
    }
    yield connectionSucceeded();
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    yield connectionFailed(error.message);
  }
}

/** Says what can be written: each object in each mode, with the workspace's own fields and choices. */
export async function* discover<C extends RunConfig>(
  destination: Destination<C>,
  configured: () => Promise<Configured<C>>,
  { surroundings, signal }: { surroundings: Surroundings; signal: AbortSignal },
): AsyncGenerator<OutgoingMessage, void, void> {
  const { config, warnings } = await configured();
  for (const warning of warnings) yield logMessage('WARN', warning);
  const connection = destination.connect(config, surroundings);
  try {
    const found = await connection.discover(signal);
    for (const warning of found.warnings) yield logMessage('WARN', warning);
    yield catalogMessage(found.catalog);
  } finally {
    await connection.close();
  }
}
