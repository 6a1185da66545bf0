import { ConfigFailure } from '../../contract/failure.ts';
import { connectionFailed, connectionSucceeded, logMessage } from '../../contract/protocol.ts';
import { withCode } from '../../text/error-text.ts';
import { defineCommand } from '../shared/command.ts';
import { config } from '../shared/options.ts';
import { configPath, type Session } from '../shared/session.ts';
import { connected, type Messages, printMessages, UNKNOWN_NOTE } from './messages.ts';

/** Says whether the credentials are good and permit what the streams need. */
export const check = defineCommand({
  name: 'check',
  summary: 'test the credentials (Airbyte)',
  options: { config },
  examples: [['check --config config.json', 'one CONNECTION_STATUS message']],
  notes: [
    'Exit code 0 whenever there is a CONNECTION_STATUS, also a failed one; 1 where the credentials could not be tested.',
    UNKNOWN_NOTE,
  ],
  unknown: 'warn',
  run: async (asked, session, rest) => printMessages(session, rest, status(session, configPath(session, asked.config))),
});

/** What a person can put right is a status; anything else is thrown. */
async function* status(session: Session, path: string): Messages {
  try {
    yield* connected(session, path, async (connection) => [
      logMessage('INFO', await connection.check(session.run.signal)),
    ]);
    yield connectionSucceeded();
  } catch (error) {
    if (!(error instanceof ConfigFailure)) throw error;
    yield connectionFailed(withCode(error.message, error.code));
  }
}
