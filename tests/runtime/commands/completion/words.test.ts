import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
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

const tables = ['wh.marts.people', 'wh.odd $(touch ran)', 'other'];

/** What a shell offers for the value of `--table`, from a program that writes down how it was called. */
function offeredTables(shell: string, script: string, line: string) {
  const folder = mkdtempSync(join(tmpdir(), 'completion-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'destination-toy');
  writeFileSync(program, `#!/bin/sh\nprintf '%s|' "$@" > ${folder}/called\ncat <<'END'\n${tables.join('\n')}\nEND\n`, {
    mode: 0o755,
  });
  const env = { ...process.env, PATH: `${folder}:${process.env['PATH']}`, HOME: folder, TYPED: line };
  const said = execFileSync(shell, ['-c', script], { encoding: 'utf8', env, cwd: folder });
  return {
    said: said.split('\n').filter((word) => word !== ''),
    called: readFileSync(join(folder, 'called'), 'utf8').split('|').slice(0, -1),
    isRun: existsSync(join(folder, 'ran')),
  };
}

it('bash completes the tables of the source that the line names, and runs nothing of it', () => {
  const script = `${bashScript(words)}
COMP_LINE="$TYPED"; read -ra COMP_WORDS <<<"$COMP_LINE"; [[ "$COMP_LINE" == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _destination_toy; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const line = 'destination-toy init --source postgres://ro@db:5432/wh --table ';
  expect(offeredTables('bash', script, line)).toEqual({
    said: ['wh.marts.people', 'wh.odd\\ \\$\\(touch\\ ran\\)', 'other'],
    called: ['init', '--tables', '--source', 'postgres://ro@db:5432/wh', '--table', ''],
    isRun: false,
  });
  expect(offeredTables('bash', script, 'destination-toy init --add --to ~/a.yaml --table wh.m').said).toEqual([
    'wh.marts.people',
  ]);
});
