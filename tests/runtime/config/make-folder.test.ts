import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { makeFolder } from '../../../runtime/config/make-folder.ts';
import { RejectsFile } from '../../../runtime/run/rejects-file.ts';
import { temporaryFolder } from '../listeners/folder.ts';

describe('a folder', () => {
  it('is made with all above it, and left alone where it is there', () => {
    const top = temporaryFolder();
    makeFolder(join(top, 'a', 'b', 'c'), 0o700);
    expect((statSync(join(top, 'a', 'b')).mode & 0o777).toString(8)).toBe('700');
    makeFolder(join(top, 'a', 'b'), 0o777);
    expect(readdirSync(join(top, 'a'))).toEqual(['b']);
  });

  it('below a file cannot be made, nor where the system has none', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, 'x');
    for (const path of [file, join(file, 'a'), join(file, 'a', 'b'), '/proc/none/a', '/proc/none/a/b']) {
      expect(() => makeFolder(path)).toThrow(/^E/);
    }
    expect(readFileSync(file, 'utf8')).toBe('x');
  });
});

test.each(['file/rejects.jsonl', 'file/below/rejects.jsonl', 'folder'])(
  'a rejects file that cannot be at %s says so, with its path and a code',
  async (name) => {
    const top = temporaryFolder();
    writeFileSync(join(top, 'file'), 'x');
    mkdirSync(join(top, 'folder'));
    const path = join(top, name);
    const line = { stream: 's', primary_key: '1', code: 'c', record: {} };
    const file = new RejectsFile(path);
    const failure = await file
      .append([line as never])
      .then(() => file.close())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'rejects_unwritable' });
    expect((failure as Error).message).toMatch(`The rejects file ${path} cannot be written: E`);
  },
);
