import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { programFile } from '../../support/program.ts';

/** Runs the program in a shell, which says where its stdout goes. */
async function shell(command: string) {
  const child = spawn('sh', ['-c', command, process.execPath, await programFile()], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { stderr: await text(child.stderr), code: await closed };
}

test.skipIf(!existsSync('/dev/full'))('a command whose output does not fit on the disk has failed', async () => {
  const { stderr, code } = await shell('"$0" "$1" spec > /dev/full');
  expect(stderr).toMatch(/^The standard output cannot be written: ENOSPC.*\[output_unwritable\]\n$/);
  expect(code).toBe(1);
});

test('one whose reader has read enough has not', async () => {
  const { stderr, code } = await shell('{ "$0" "$1" spec; echo "$?" >&2; } | head -c 1');
  expect([stderr, code]).toEqual(['0\n', 0]);
});
