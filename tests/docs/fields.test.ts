import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fieldsPage } from '../../scripts/docs-fields.ts';

test('docs/reference/fields.md says what the catalogue says (run `npx tsx scripts/docs-fields.ts` where it does not)', () => {
  const page = readFileSync(new URL('../../docs/reference/fields.md', import.meta.url), 'utf8');
  expect(page).toBe(fieldsPage());
});
