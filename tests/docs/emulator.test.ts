import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { defaultQuirks } from '../../emulator/calls/quirks.ts';

test('the page about the emulator has every quirk with its default, and no other', () => {
  const page = readFileSync(new URL('../../docs/emulator.md', import.meta.url), 'utf8');
  const rows = page.slice(page.indexOf('## Quirks')).matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm);
  const documented = Object.fromEntries([...rows].map(([, name, value]) => [name, JSON.parse(value ?? '')]));
  expect(documented).toEqual(defaultQuirks);
});
