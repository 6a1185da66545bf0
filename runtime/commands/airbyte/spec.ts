import { defineCommand } from '../shared/command.ts';
import type { Session } from '../shared/session.ts';
import { type Messages, printMessages, UNKNOWN_NOTE } from './messages.ts';

/** Says what a configuration may hold. */
export const spec = defineCommand({
  name: 'spec',
  summary: 'print the specification of the configuration (Airbyte)',
  options: {},
  examples: [['spec', 'one SPEC message']],
  notes: [UNKNOWN_NOTE],
  unknown: 'warn',
  run: (_, session, rest) => printMessages(session, rest, specification(session)),
});

async function* specification({ program, destination }: Session): Messages {
  yield { type: 'SPEC', spec: await (program.specification?.() ?? (await destination()).specification()) };
}
