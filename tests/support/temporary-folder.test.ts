import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leftIn } from './temporary-folder.ts';

test('a folder is left over where its run on this machine is no more', () => {
  const parent = mkdtempSync(join(tmpdir(), 'left-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const ended = spawnSync(process.execPath, ['--eval', '0']).pid;
  const names = [`${hostname()}-${process.pid}`, `${hostname()}-${ended}`, `elsewhere-${ended}`];
  const [, left] = names.map((name) => join(parent, `destination-apollo-tests-${name}`));
  for (const name of names) mkdirSync(join(parent, `destination-apollo-tests-${name}`));
  mkdirSync(join(parent, 'of-others'));
  expect(leftIn(parent)).toEqual([left]);
});

test('a run has one of its own, which others find by its process', () => {
  expect(tmpdir()).toMatch(/destination-apollo-tests-.+-\d+$/);
});
