import { readFileSync } from 'node:fs';
import { startEmulator } from 'destination-apollo/emulator';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { runIfSmall } from '../../examples/library/preview-first.ts';
import { syncOnce } from '../../examples/library/run-a-sync.ts';
import { tryClient } from '../../examples/library/test-a-client.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Files that a page shows: a line that names one, and the code below it. */
const shownIn = (page: string): readonly (readonly [path: string, code: string])[] =>
  [...read(page).matchAll(/^\[`(examples\/[^`]+)`\](?:[^\n]+\n)*[^\n]*\n\n```ts\n(.*?)```/gms)].map(
    ([, path, code]) => [path!, code!],
  );

test.each(['docs/library.md', 'docs/build-a-destination.md'])('%s shows files as they are', (page) => {
  const shown = shownIn(page);
  expect(shown.length).toBe(read(page).match(/^```ts$/gm)?.length);
  for (const [path, code] of shown) expect(read(path), path).toContain(code);
});

const lines: string[] = [];
vi.spyOn(console, 'error').mockImplementation((text) => void lines.push(String(text)));
vi.spyOn(console, 'log').mockImplementation((text) => void lines.push(JSON.stringify(text)));
afterEach(() => void lines.splice(0));
afterAll(() => void vi.restoreAllMocks());

async function people(count: number) {
  const emulator = await startEmulator({ plan: 'unlimited' });
  const config = {
    credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
    api_base_url: emulator.url,
    source: { type: 'duckdb' },
    state: { type: 'none' },
    streams: [
      {
        name: 'people',
        object: 'contacts',
        query: `select 'p' || i || '@c' || i || '.example' as email from range(${count}) t(i)`,
      },
    ],
  };
  return { emulator, config };
}

test('a sync is run, and tells of itself', async () => {
  const { emulator, config } = await people(3);
  expect(await syncOnce(config, new AbortController().signal)).toBe(true);
  expect(lines).toEqual(['people: 3 rows', '{"name":"people","created":3,"updated":0,"rejected":0}']);
  expect(await syncOnce({ ...config, streams: [] }, new AbortController().signal)).toBe(false);
  expect(lines.at(-1)).toMatch(/^invalid_config: /);
  expect(await syncOnce(config, AbortSignal.abort())).toBe(false);
  await emulator.close();
});

test('a preview decides whether to run', async () => {
  const { emulator, config } = await people(3);
  expect(await runIfSmall(config, 2)).toBe('not run: up to 3 new records');
  expect(await runIfSmall(config, 3)).toBe('succeeded');
  expect(emulator.store.contacts.size).toBe(3);
  await emulator.close();
});

test('a client is tested against the emulator', async () => {
  const statuses: number[] = [];
  const contacts = await tryClient(async (baseUrl, key) => {
    for (let i = 0; i < 2; i++) {
      const headers = { 'x-api-key': key, 'content-type': 'application/json' };
      const body = JSON.stringify({ email: 'bob@bolt.example' });
      statuses.push((await fetch(`${baseUrl}/contacts`, { method: 'POST', headers, body })).status);
    }
  });
  expect([statuses, contacts]).toEqual([[503, 200], 2]);
});
