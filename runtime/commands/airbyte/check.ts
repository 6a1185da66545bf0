import { ConfigFailure } from '../../contract/failure.ts';
import { logMessage } from '../../contract/protocol.ts';
import { withCode } from '../../text/error-text.ts';
import { defineCommand } from '../shared/command.ts';
import { config } from '../shared/options.ts';
import { configPath, configured, dependenciesOf, type Session } from '../shared/session.ts';
import { connected, type Messages, printMessages, UNKNOWN_NOTE } from './messages.ts';

/** Says whether the credentials are good and permit what the streams need. */
export const check = defineCommand({
  name: 'check',
  summary: 'test the credentials; for Airbyte too',
  options: { config },
  examples: [['check --config config.json', 'one CONNECTION_STATUS message']],
  notes: [
    "On a terminal it prints text, and ends with 2 where the check fails. Elsewhere it prints Airbyte's message: exit code 0",
    'whenever there is a CONNECTION_STATUS, also a failed one; 1 where the credentials could not be tested.',
    UNKNOWN_NOTE,
  ],
  unknown: 'warn',
  run: async (asked, session, rest) => {
    const path = configPath(session, asked.config);
    return session.terminal.isStdout ? shown(session, path) : printMessages(session, rest, status(session, path));
  },
});

/** What a person can put right is a status; anything else is thrown. */
async function* status(session: Session, path: string): Messages {
  try {
    yield* connected(session, path, async (connection) => [
      logMessage('INFO', await connection.check(session.run.signal)),
    ]);
    yield { type: 'CONNECTION_STATUS', connectionStatus: { status: 'SUCCEEDED' } };
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    const message = withCode(error.message, error.code);
    yield { type: 'CONNECTION_STATUS', connectionStatus: { status: 'FAILED', message } };
  }
}

/** The same for a person; what fails is thrown. */
async function shown(session: Session, path: string): Promise<number> {
  const { output, run } = session;
  const { config, warnings } = await configured(session, { config: path }, 'airbyte');
  for (const warning of warnings) await output.error(`warning: ${warning}`);
  const destination = await session.destination();
  const connection = destination.connect(
    config,
    dependenciesOf(session, ({ message }) => void output.error(message)),
  );
  try {
    await output.text(await connection.check(run.signal));
    return 0;
  } finally {
    await connection.close();
  }
}
