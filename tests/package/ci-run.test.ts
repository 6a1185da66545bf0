import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');

// In the place of npm and npx: takes down what it was asked for, and ends as the test says.
const stub = `#!/usr/bin/env bash
echo "$(basename "$0") $*" >>"$STUB_LOG"
echo "printed by $*"
case "$*" in test | "run test:slow") printf 'a test passes\n⎯⎯ Failed Tests 1 ⎯⎯\n FAIL  of %s\n' "$*" ;; esac
while read -r code line; do
  if [ "$line" = "once $*" ]; then [ "$(grep -cx "$(basename "$0") $*" "$STUB_LOG")" -gt 1 ] || exit "$code"; fi
  [ "$line" != "$*" ] || exit "$code"
done <<<"$STUB_CODES"
exit 0
`;

/** `.ci/run` in a folder of its own, where these commands of npm and npx end with these codes. */
function ci(codes: Readonly<Record<string, number>> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ci-run-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const made of ['.ci', 'bin']) mkdirSync(join(folder, made));
  copyFileSync(join(root, '.ci/run'), join(folder, '.ci/run'));
  for (const name of ['npm', 'npx', 'python3']) writeFileSync(join(folder, 'bin', name), stub, { mode: 0o755 });
  const log = join(folder, 'log');
  const { status, stdout } = spawnSync('bash', [join(folder, '.ci/run')], {
    encoding: 'utf8',
    env: {
      ...process.env,
      PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
      STUB_LOG: log,
      STUB_CODES: Object.entries(codes)
        .map(([line, code]) => `${code} ${line}`)
        .join('\n'),
    },
  });
  const asked = readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => /^np[mx] /.test(line));
  return { status, stdout, asked, failed: stdout.match(/(?<=^Failed: ).*$/gm) ?? [] };
}

describe('.ci/run', () => {
  test('ends with 0 where all went well, and shows what ran beside the tests', () => {
    const { status, stdout, failed, asked } = ci();
    expect({ status, failed }).toEqual({ status: 0, failed: [] });
    expect(stdout).toContain('printed by run test:image');
    expect(asked.filter((line) => ['npm test', 'npm run test:slow'].includes(line))).toHaveLength(2);
    const called = asked.flatMap((line) => /^npm run (\S+)/.exec(line)?.[1] ?? []);
    expect(called.filter((name) => !Object.hasOwn(manifest.scripts, name))).toEqual([]);
  });

  test('goes on where tests fail, and tells all that failed, here and beside', () => {
    const { status, stdout, failed, asked } = ci({ test: 1, 'run test:package': 2, 'run test:image': 3 });
    expect({ status, failed }).toEqual({
      status: 1,
      failed: ['npm run test:package (2)', 'npm run test:image (3)', 'npm test (1)'],
    });
    expect(stdout).toContain('printed by run test:warehouses');
    const told = stdout.split('Failed: ');
    expect(told.map((part) => part.split('\n').slice(1, 3)).slice(1)).toEqual([
      ['printed by run test:package', ''],
      ['printed by run test:image', ''],
      ['⎯⎯ Failed Tests 1 ⎯⎯', ' FAIL  of test'],
    ]);
    expect(asked).toEqual(expect.arrayContaining(['npm run test:slow', 'npm run lint:workflows']));
  });

  test.each(['test', 'run test:slow', 'run test:dagster', 'vitest run tests/runtime tests/emulator'])(
    'does not end with 0 where `%s` alone fails',
    (line) => {
      const { status, failed } = ci({ [line]: 1 });
      expect([status, failed]).toEqual([1, [expect.stringContaining(line)]]);
    },
  );

  test('tries once more what depends on others, and tells that it did', () => {
    const { status, stdout, failed, asked } = ci({ 'once run test:warehouses': 1 });
    expect({ status, failed }).toEqual({ status: 0, failed: [] });
    expect(stdout).toContain('Tried once more: npm run test:warehouses (1)\nprinted by run test:warehouses');
    expect(asked.filter((line) => line === 'npm run test:warehouses')).toHaveLength(2);
  });

  test.each(['test', 'run test:slow'])('does not try `%s` once more', (line) => {
    const { status, failed } = ci({ [`once ${line}`]: 1 });
    expect([status, failed]).toEqual([1, [`npm ${line} (1)`]]);
  });

  test('leaves out what the machine lacks', () => {
    const { status, stdout } = ci({ 'run test:image': 77 });
    expect(status).toBe(0);
    expect(stdout).toContain('Left out on this machine: npm run test:image');
  });

  test('does not begin the tests where the types do not fit', () => {
    const { status, asked } = ci({ 'run types': 2 });
    expect([status, asked.at(-1)]).toEqual([2, 'npm run types']);
  });
});

describe('the tests of a change, and the slow ones', () => {
  test('are all that there are', () => {
    const { test: quick, 'test:slow': slow } = manifest.scripts;
    expect([quick, slow]).toEqual(['vitest run --tags-filter=!slow', 'vitest run --tags-filter=slow']);
  });

  test('stand in one file: what only slow tests look at, a change would not be held to', () => {
    const tests = join(root, 'tests');
    const files = readdirSync(tests, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
    const withoutQuick = files.filter((name) => {
      const text = readFileSync(join(tests, name), 'utf8');
      const all = text.match(/\b(?:test|it|sweep|sweepOver)(?:\.\w+)?(?:<[^(]*>)?\(/g) ?? [];
      const slow = text.match(/\bslow, /g) ?? [];
      return slow.length > 0 && all.length <= slow.length;
    });
    expect(files.length).toBeGreaterThan(200);
    expect(withoutQuick).toEqual([]);
  });
});
