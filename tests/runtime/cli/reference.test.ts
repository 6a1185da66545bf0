import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commandReference, exitCodeTable } from '../../../runtime/cli/reference.ts';
import { commands } from '../../../runtime/commands/commands.ts';
import { generatedIn } from '../../../scripts/generated.ts';

it.each([
  ['docs/commands.md', commandReference('destination-apollo')],
  ['README.md', exitCodeTable()],
])('%s is fresh: `npx tsx scripts/docs-commands.ts` changes nothing', (path, text) => {
  const page = readFileSync(path, 'utf8');
  expect(generatedIn(page, 'docs-commands', text)).toBe(page);
});

it('every command has a section of its own, with an example', () => {
  const text = commandReference('toy');
  for (const { name, examples } of commands) {
    expect(text).toContain(`### Command ${name}\n`);
    expect(examples.length, name).toBeGreaterThan(0);
  }
});
