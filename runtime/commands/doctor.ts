import { EXIT_USAGE } from '../facts/exit-codes.ts';
import type { Finding } from '../run/doctor.ts';
import { withCode } from '../text/error-text.ts';
import { paintFor } from '../text/terminal-colour.ts';
import { defineCommand } from './shared/command.ts';
import { config, set } from './shared/options.ts';
import { configured, dependenciesOf } from './shared/session.ts';

/** Looks at all that a run needs, and says what is wrong with it. */
export const doctor = defineCommand({
  name: 'doctor',
  summary: 'look at source, columns, mapping, key, scopes and state store, and say what is wrong',
  options: { config, set },
  examples: [
    ['doctor', 'all that a run by sync.yaml needs'],
    ['doctor --config other.yaml', 'by another file'],
  ],
  notes: [
    'Exit code 0: a run can begin. 2: something must be put right first. Nothing is written, and no row is read.',
  ],
  run: async (asked, session) => {
    const { source, run, output, terminal, environment } = session;
    const { examine } = await import('../run/doctor.ts');
    const destination = await session.destination();
    const paint = paintFor({ isTerminal: terminal.isStdout, environment });
    const words = { ok: paint('ok', 'green'), note: 'note', failed: paint('failed', 'red') };
    const dependencies = dependenciesOf(session, ({ message }) => void output.error(message));
    const patient = { destination, configured: () => configured(session, asked, 'sync'), source, dependencies, run };
    let failures = 0;
    for await (const finding of examine(patient)) {
      if (finding.status === 'failed') failures++;
      await output.text(line(finding, words[finding.status]));
    }
    await output.text(conclusion(failures));
    return failures === 0 ? 0 : EXIT_USAGE;
  },
});

const line = ({ what, status, says, code }: Finding, word: string): string =>
  `${word}${' '.repeat(7 - status.length)}${what}: ${withCode(says, code).replaceAll('\n', '\n       ')}`;

const conclusion = (failures: number): string => {
  if (failures === 0) return '\nA run can begin. `preview` says what it would do.';
  return `\n${failures === 1 ? 'One thing' : `${failures} things`} must be put right first.`;
};
