import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../spec/parse-config.ts';

const folder = join(import.meta.dirname, '../../docs/coming-from');
const shown = readdirSync(folder).flatMap((page) =>
  [...readFileSync(join(folder, page), 'utf8').matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, text]) => [page, text!] as const,
  ),
);

test('there is a configuration on every page about a tool', () => {
  expect(new Set(shown.map(([page]) => page)).size).toBe(readdirSync(folder).length - 1);
});

test.each(shown)('the configuration of %s is one', (_, text) => {
  const { streams } = parseConfig(parse(text), { environment: { APOLLO_API_KEY: 'k' }, caller: 'person' });
  expect(streams.length).toBeGreaterThan(0);
});
