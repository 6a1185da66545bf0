import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { leftIn } from './temporary-folder.ts';

test('a folder is left over where its run is no more, and nothing has come into it for an hour', () => {
  const parent = mkdtempSync(join(tmpdir(), 'left-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const ended = spawnSync(process.execPath, ['--eval', '0']).pid;
  const now = Date.now();
  const made = (pid: number, minutesAgo: number): string => {
    const folder = join(parent, `destination-apollo-tests-${pid}`);
    mkdirSync(folder, { recursive: true });
    const at = new Date(now - minutesAgo * 60_000);
    utimesSync(folder, at, at);
    return folder;
  };
  made(process.pid, 90);
  mkdirSync(join(parent, 'of-others'));
  made(ended, 30);
  expect(leftIn(parent, now)).toEqual([]);
  const left = made(ended, 90);
  expect(leftIn(parent, now)).toEqual([left]);
});

test('a run has one of its own, which others find by its process', () => {
  expect(tmpdir()).toMatch(/destination-apollo-tests-\d+$/);
});
