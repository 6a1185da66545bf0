import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { parseArguments } from '../../../../runtime/cli/arguments.ts';
import { printMessages } from '../../../../runtime/commands/airbyte/messages.ts';
import type { Session } from '../../../../runtime/commands/shared/session.ts';
import { Secrets } from '../../../../runtime/config/secrets.ts';
import { Output } from '../../../../runtime/text/output.ts';
import { ManualClock } from '../../../support/manual-clock.ts';

const program = { name: 'toy', version: '1', summary: 'Writes toys.', environment: {} };

/** What a command of the protocol says of a command line, before its own messages. */
async function warnings(line: string): Promise<readonly string[]> {
  const parsed = parseArguments(line.split(' '), program);
  if (parsed.type !== 'command') throw new Error(parsed.text);
  const stdout = new PassThrough();
  const output = new Output({ stdout, stderr: new PassThrough(), secrets: new Secrets() });
  const session = { output, environment: {}, clock: new ManualClock() } as unknown as Session;
  expect(await printMessages(session, parsed.rest, nothing())).toBe(0);
  await output.flush();
  const lines = String(stdout.read() ?? '').split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line).log.message);
}

async function* nothing(): AsyncGenerator<never, void, void> {}

it.each<[string, readonly string[]]>([
  ['spec --config F', ['--config']],
  ['check --state s3cret --config F', ['--state']],
  ['discover --config F --debug -v', ['--debug', '-v']],
  ['write --config F --token=s3cret --catalog C', ['--token']],
  ['write --config F --version --catalog C', ['--version']],
])('unknown options are warned of by name only: %s', async (line, names) => {
  expect(await warnings(line)).toEqual(names.map((name) => `Ignored the unknown option ${name}`));
});

it('stray words are warned of', async () => {
  expect(await warnings('check x --config F')).toEqual(['Ignored what follows the command: it takes no arguments']);
});
