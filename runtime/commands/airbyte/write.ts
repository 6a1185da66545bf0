import { file } from '../shared/arguments.ts';
import { defineCommand } from '../shared/command.ts';
import { required } from '../shared/option.ts';
import { config } from '../shared/options.ts';
import { configPath, configured, dependenciesOf, type Session } from '../shared/session.ts';
import { type Messages, printMessages, UNKNOWN_NOTE } from './messages.ts';

/** Writes the records that come in on stdin. */
export const write = defineCommand({
  name: 'write',
  summary: 'write the records that come in on stdin (Airbyte)',
  options: { config, catalog: required('file', 'the configured catalog, in JSON or YAML', file) },
  examples: [['write --config config.json --catalog catalog.json < messages.jsonl', 'STATE, LOG and TRACE messages']],
  notes: ['Exit code 0 when every row before the last STATE is settled, 1 otherwise.', UNKNOWN_NOTE],
  unknown: 'warn',
  run: async (asked, session, rest) =>
    printMessages(session, rest, writing(session, { ...asked, config: configPath(session, asked.config) })),
});

async function* writing(
  session: Session,
  { config: path, catalog }: { readonly config: string; readonly catalog: string },
): Messages {
  const { output, run, stdin, source } = session;
  const { write: writeMessages } = await import('../../airbyte/write.ts');
  const { readCatalogFile } = await import('../../config/config-file.ts');
  const unread = (): void => run.abort(new Error('The standard output is not read any more.'));
  output.closed.addEventListener('abort', unread, { once: true });
  try {
    yield* writeMessages(
      await session.destination(),
      () => configured(session, { config: path }, 'airbyte'),
      { catalog: () => readCatalogFile(catalog), stdin, run, source },
      dependenciesOf(session, () => undefined),
    );
  } finally {
    // A client that still sends would keep the process alive.
    stdin.destroy();
  }
}
