import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const program = '/airbyte/integration_code/dist/destination-apollo.mjs';

test('what Airbyte evaluates becomes the program itself, so that its SIGTERM arrives', () => {
  const entrypoint = /^ENV AIRBYTE_ENTRYPOINT="(.*)"$/m.exec(dockerfile)![1]!;
  const folder = mkdtempSync(join(tmpdir(), 'entrypoint-'));
  writeFileSync(join(folder, 'node'), '#!/bin/sh\necho $$ "$@"\n', { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env['PATH']}`, AIRBYTE_ENTRYPOINT: entrypoint };
  const launched = spawnSync('sh', ['-c', 'echo $$; eval "$AIRBYTE_ENTRYPOINT write --config f"'], {
    env,
    encoding: 'utf8',
  });
  const [shell, started] = launched.stdout.trim().split('\n');
  expect(started).toBe(`${shell} ${program} write --config f`);
  rmSync(folder, { recursive: true });
});

test('the command that examples call is on the PATH of the image', () => {
  expect(dockerfile).toContain(`ln -s ${program} /image/usr/local/bin/destination-apollo`);
  expect(readFileSync(join(root, 'examples/kestra/apollo-sync.yaml'), 'utf8')).toContain('- destination-apollo sync ');
});

test('it runs as uid 1000 in a folder of its own', () => {
  expect(dockerfile).toMatch(/^USER 1000:1000$/m);
  expect(dockerfile).toContain('chown -R 1000:1000 /image/airbyte');
});
