import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runEmulator, USAGE } from '../../../emulator/server/command.ts';
import { request } from '../client.ts';

function started(...argv: string[]) {
  const stop = new AbortController();
  const out: string[] = [];
  const err: string[] = [];
  let first: (line: string) => void = () => {};
  const line = new Promise<string>((resolve) => {
    first = resolve;
  });
  const write = (text: string) => {
    out.push(text);
    first(text);
  };
  const code = runEmulator(argv, { write, writeError: (text) => err.push(text), signal: stop.signal });
  return { stop, out, err, line, code };
}

test('prints the base URL as its only line, serves, and ends with 0 when it is asked to stop', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-'));
  const seed = join(folder, 'seed.json');
  await writeFile(seed, JSON.stringify({ contacts: [{ id: 'aaaaaaaaaaaaaaaaaaaaaaaa', email: 'a@b.example' }] }));
  const run = started('--port=0', '--plan', 'organization', '--lenient', '--key', 'k', '--seed-file', seed);
  const url = (await run.line).trim();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api\/v1$/);
  const { status, headers } = await request(`${url}/contacts/aaaaaaaaaaaaaaaaaaaaaaaa?x=1`, 'GET', undefined, {
    'x-api-key': 'k',
  });
  expect([status, headers.get('x-rate-limit-hourly')]).toEqual([200, '600']);
  run.stop.abort();
  expect(await run.code).toBe(0);
  expect([run.out.length, run.err]).toEqual([1, []]);
  await expect(request(`${url}/auth/health`, 'GET', undefined, {})).rejects.toThrow();
});

test('--scale shortens windows, and what retry-after says of them', async () => {
  const run = started('--plan', 'free', '--scale', '60');
  const url = (await run.line).trim();
  const ask = () => request(`${url}/labels`, 'GET', undefined, { 'x-api-key': 'emulator-key' });
  let last = await ask();
  // A fast machine uses up the 50 of a minute, a slow one the 200 of an hour, or the 600 of a day before its 24 minutes are over.
  for (let i = 0; i < 700 && last.status === 200; i++) last = await ask();
  expect(last.status).toBe(429);
  const seconds: Readonly<Record<string, number>> = { minute: 1, hour: 60, day: 1440 };
  const [, window = ''] = /times per (\w+)/.exec(JSON.stringify(last.json)) ?? [];
  expect(Number(last.headers.get('retry-after'))).toBeLessThanOrEqual(seconds[window]!);
  run.stop.abort();
  expect(await run.code).toBe(0);
});

test.each([
  [['--port', 'x'], '--port'],
  [['--port', '70000'], '--port'],
  [['--plan', 'gold'], '--plan: "gold" is none of free, basic'],
  [['--scale', '0'], '--scale'],
  [['--nonsense'], '--nonsense'],
  [['stray'], 'stray'],
  [['--seed-file', 'nowhere.json'], '--seed-file: nowhere.json'],
])('%j is wrong usage', async (argv, message) => {
  const run = started(...argv);
  expect(await run.code).toBe(2);
  expect(run.out).toEqual([]);
  expect(run.err.join('')).toContain(message);
});

test('a port that is taken ends it with 1', async () => {
  const first = started();
  const port = new URL((await first.line).trim()).port;
  const second = started('--port', port);
  expect(await second.code).toBe(1);
  expect(second.err.join('')).toContain('EADDRINUSE');
  first.stop.abort();
  await first.code;
});

test('--help prints the options', async () => {
  const run = started('--help');
  expect([await run.code, run.out]).toEqual([0, [USAGE]]);
});
