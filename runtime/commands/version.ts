import { defineCommand } from './shared/command.ts';

/** Which release this is. */
export const version = defineCommand({
  name: 'version',
  summary: 'print the version',
  options: {},
  examples: [['version', 'as `--version`, and `-V`']],
  run: async (_, { output, program }) => {
    await output.text(`${program.name} ${program.version}`);
    return 0;
  },
});
