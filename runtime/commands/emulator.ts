import { ConfigFailure } from '../contract/failure.ts';
import { defineCommand } from './shared/command.ts';

/** Serves an API to try things on; it reads its own options. */
export const emulator = defineCommand({
  name: 'emulator',
  summary: 'serve a local HTTP API that behaves as the real one does',
  usage: '[options]',
  options: {},
  examples: [['emulator --port 0', 'on a free port; its address is the first line of stdout']],
  unknown: 'take',
  run: (_, { program, output, run }, rest) => {
    if (!program.emulator) throw new ConfigFailure(`${program.name} has no emulator.`, { code: 'invalid_usage' });
    return program.emulator(rest, {
      stdout: (text) => void output.text(text),
      stderr: (text) => void output.error(text),
      signal: run.signal,
    });
  },
});
