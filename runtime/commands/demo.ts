import { ConfigFailure } from '../contract/failure.ts';
import { filled } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { defaulted } from './shared/option.ts';

/** Shows what the program does, with data and an API of its own. */
export const demo = defineCommand({
  name: 'demo',
  summary: 'try it: a warehouse and an API of its own, and three runs between them',
  options: { folder: defaulted('path', 'where it writes; default: demo', filled, 'demo') },
  examples: [['demo', 'takes less than a minute, and needs no account']],
  run: ({ folder }, { program, output, perform, run }) => {
    if (!program.demo) throw new ConfigFailure(`${program.name} has no demo.`, { code: 'invalid_usage' });
    return program.demo({ folder, text: (text) => output.text(text), perform, signal: run.signal });
  },
});
