import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { commands } from '../../../../runtime/commands/commands.ts';
import { bashScript } from '../../../../runtime/commands/completion/bash.ts';
import { fishScript } from '../../../../runtime/commands/completion/fish.ts';
import { wordsOf } from '../../../../runtime/commands/completion/words.ts';
import { zshScript } from '../../../../runtime/commands/completion/zsh.ts';

const words = wordsOf('destination-toy', commands);

/** What bash offers for the last word of a line. */
function offered(...line: readonly string[]): readonly string[] {
  const asked = ['destination-toy', ...line].map((word) => `'${word}'`).join(' ');
  const script = `${bashScript(words)}
COMP_WORDS=(${asked}); COMP_CWORD=${line.length}; _destination_toy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const said = execFileSync('bash', ['-c', script], { encoding: 'utf8' });
  return said.split('\n').filter((word) => word !== '');
}

it('bash completes commands, options and values', () => {
  expect(offered('sy')).toEqual(['sync']);
  expect(offered('')).toEqual(expect.arrayContaining(['doctor', 'history', 'state', 'write']));
  expect(offered('state', '')).toContain('adopt');
  expect(offered('sync', '--pl')).toEqual(['--plan']);
  expect(offered('state', 'adopt', '--st')).toEqual(['--state', '--stream']);
  expect(offered('sync', '--output', '')).toEqual(['text', 'json', 'kestra']);
  expect(offered('sync', '--run-id', 'x')).toEqual([]);
});

it('an option that is only there to be answered is offered nowhere', () => {
  expect([bashScript(words), zshScript(words), fishScript(words)].join()).not.toContain('dry-run');
});

it.each(commands.map(({ name }) => name))('every shell knows %s and its options', (name) => {
  const own = words.commands.find((command) => command.name === name)!;
  const scripts = [bashScript(words), zshScript(words)];
  for (const { long } of own.options) {
    for (const script of scripts) expect(script).toContain(long);
    expect(fishScript(words)).toContain(` -l ${long.slice(2)}`);
  }
  const first = name.split(' ')[0]!;
  expect(fishScript(words)).toContain(`-a ${first} `);
});
