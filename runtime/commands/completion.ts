import { ConfigFailure } from '../contract/failure.ts';
import { bashScript } from './completion/bash.ts';
import { fishScript } from './completion/fish.ts';
import { type Words, wordsOf } from './completion/words.ts';
import { zshScript } from './completion/zsh.ts';
import { filled } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { required } from './shared/option.ts';

const SCRIPTS: Readonly<Record<string, (words: Words) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Completion of commands and options in a shell. */
export const completion = defineCommand({
  name: 'completion',
  summary: 'print a script that completes commands, options and the tables of a source in bash, zsh or fish',
  options: { shell: { ...required('shell', 'whose completion', filled), choices: Object.keys(SCRIPTS) } },
  examples: [
    ['completion --shell bash >> ~/.bashrc', 'for bash'],
    ['completion --shell zsh >> ~/.zshrc', 'for zsh, after compinit'],
    ['completion --shell fish > ~/.config/fish/completions/destination.fish', 'for fish'],
  ],
  run: async ({ shell }, { program, commands, output }) => {
    const script = SCRIPTS[shell];
    if (script === undefined) throw new ConfigFailure(`--shell ${shell}: no such shell.`, { code: 'invalid_usage' });
    await output.text(script(wordsOf(program.name, commands)));
    return 0;
  },
});
