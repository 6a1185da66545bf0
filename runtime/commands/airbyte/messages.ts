import { errorTraceOf } from '../../airbyte/error-trace.ts';
import { isPrinted, lowestLevel } from '../../airbyte/log-level.ts';
import type { Connection, RunConfig, StreamConfig } from '../../contract/destination.ts';
import { errorMessage, logMessage, type OutgoingMessage } from '../../contract/protocol.ts';
import { configured, dependenciesOf, type Session } from '../shared/session.ts';

/** What the help of each command of Airbyte's protocol ends with. */
export const UNKNOWN_NOTE = 'Options it does not know are ignored, with a WARN log message.';

export type Messages = AsyncGenerator<OutgoingMessage, void, void>;

/** Prints a command's messages as JSON; what cannot be a message is a trace, with exit code 1. */
export async function printMessages(session: Session, rest: readonly string[], messages: Messages): Promise<number> {
  const { output, clock } = session;
  const lowest = lowestLevel(session.environment);
  const print = async (message: OutgoingMessage): Promise<void> => {
    if (message.type !== 'LOG' || isPrinted(message.log.level, lowest)) await output.json(message);
  };
  try {
    for (const warning of warningsOf(rest)) await print(logMessage('WARN', warning));
    for await (const message of messages) await print(message);
    return 0;
  } catch (error) {
    await output.json(errorMessage(errorTraceOf(error), clock.now()));
    return 1;
  }
}

// What follows an unknown option may be its value, and a value may be a secret: only options are named.
function warningsOf(args: readonly string[]): readonly string[] {
  const options = args.filter((arg) => /^-+[^-]/.test(arg)).map((arg) => arg.replace(/=.*$/s, ''));
  if (options.length === 0 && args.length > 0) return ['Ignored what follows the command: it takes no arguments'];
  return options.map((option) => `Ignored the unknown option ${option}`);
}

/** Reads a configuration, tells its warnings, and asks a connection. */
export async function* connected(
  session: Session,
  path: string,
  ask: (connection: Connection<StreamConfig>, config: RunConfig) => Promise<readonly OutgoingMessage[]>,
): Messages {
  const { config, warnings } = await configured(session, { config: path }, 'airbyte');
  for (const warning of warnings) yield logMessage('WARN', warning);
  const destination = await session.destination();
  const connection = destination.connect(
    config,
    dependenciesOf(session, () => undefined),
  );
  try {
    yield* await ask(connection, config);
  } finally {
    await connection.close();
  }
}
