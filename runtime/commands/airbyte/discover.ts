import { logMessage, type OutgoingMessage } from '../../contract/protocol.ts';
import { defineCommand } from '../shared/command.ts';
import { config } from '../shared/options.ts';
import { configPath } from '../shared/session.ts';
import { connected, printMessages, UNKNOWN_NOTE } from './messages.ts';

/** Says what can be written: each object in each mode, with the workspace's own fields and choices. */
export const discover = defineCommand({
  name: 'discover',
  summary: 'print the objects and fields that can be written (Airbyte)',
  options: { config },
  examples: [['discover --config config.json', 'one DESTINATION_CATALOG message']],
  notes: [UNKNOWN_NOTE],
  unknown: 'warn',
  run: async (asked, session, rest) => {
    const messages = connected(session, configPath(session, asked.config), async (connection) => {
      const { catalog: destination_catalog, warnings } = await connection.discover(session.run.signal);
      const found: OutgoingMessage = { type: 'DESTINATION_CATALOG', destination_catalog };
      return [...warnings.map((warning) => logMessage('WARN', warning)), found];
    });
    return printMessages(session, rest, messages);
  },
});
