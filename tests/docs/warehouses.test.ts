import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { apollo } from '../../connector/apollo.ts';
import { interpolate, parseKeys } from '../../runtime/config/config-file.ts';

const folder = join(import.meta.dirname, '../../docs/warehouses');
// What has no page of its own has a line there.
const pages = readdirSync(folder).filter((page) => page !== 'others.md');

/** Every variable that a page names has some value. */
const environment = new Proxy({} as Record<string, string>, {
  get: () => 'of-the-environment',
  has: () => true,
  getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 'of-the-environment' }),
});

test.each(pages)('%s has a whole configuration, and says all that a page of a warehouse says', (page) => {
  const text = readFileSync(join(folder, page), 'utf8');
  const said = ['Least rights', 'Types', 'Order', 'Cost'].filter((topic) => !text.includes(`**${topic}`));
  expect(said).toEqual([]);
  expect(text).toMatch(/^Tested with: /m);
  const [, yaml = ''] = /```yaml\n(.*?)^```$/ms.exec(text) ?? [];
  const { config } = apollo.configure(interpolate(parseKeys(yaml, page), environment), 'sync', {});
  expect(config.streams.every(({ primary_key: key, mapping }) => key !== undefined && mapping !== undefined)).toBe(
    true,
  );
});
