import fc from 'fast-check';
import { expect, test } from 'vitest';
import { interpolate, parseKeys } from '../../runtime/config/config-file.ts';
import type { Draft } from '../../runtime/init/beginning.ts';
import { firstConfig } from '../../spec/first-config.ts';
import { parseConfig } from '../../spec/parse-config.ts';

const draft: Draft = {
  name: 'people',
  source: { type: 'duckdb', database: 'warehouse.duckdb' },
  input: { table: 'marts.people' },
  object: 'contacts',
  primaryKey: 'id',
  keyVariable: 'KEY',
  apiBaseUrl: undefined,
  path: 'sync.yaml',
  advice: { mapping: [], left: [], notes: [], matchField: 'email', isIdentified: true },
};

const read = (text: string) =>
  parseConfig(interpolate(parseKeys(text, 'text'), { KEY: 'k' }), { environment: {}, caller: 'person' });

// Whatever a table or a column may be called: line breaks, quotes, `#`, `: `, `${`.
const name = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('a', ' ', '#', ':', '"', "'", '\n', '$', '{', '}', '$${', ',', '-', '\t', '\u2028'), {
      minLength: 1,
    })
    .map((parts) => parts.join('')),
);

test('names come out of the file as they went in, whatever they hold', () => {
  const property = fc.property(fc.tuple(name, name, name, name, name), ([table, key, from, why, left]) => {
    const mapping = [{ to: 'custom:x', from, why }];
    const advice = { ...draft.advice, mapping, left: [{ column: left, why }, { column: left }], notes: [why] };
    const text = firstConfig({ ...draft, name: table, input: { table }, primaryKey: key, advice });
    const [stream] = read(text).streams;
    expect(stream).toMatchObject({ name: table, table, primary_key: key, mapping: [{ to: 'custom:x', from }] });
  });
  fc.assert(property, { numRuns: 300 });
});

test('queries, Arrow files and other addresses are written as they are', () => {
  const query = "select 'a: # b' as x\nfrom t";
  const url = 'http://127.0.0.1:8080/api/v1';
  const config = read(firstConfig({ ...draft, source: { type: 'duckdb' }, input: { query }, apiBaseUrl: url }));
  expect([config.source, config.streams[0]?.query, config.api_base_url]).toEqual([{ type: 'duckdb' }, query, url]);
  const arrow = read(firstConfig({ ...draft, source: { type: 'arrow', path: 'rows.arrows' }, input: {} }));
  expect(arrow.source).toEqual({ type: 'arrow', path: 'rows.arrows', require_end_marker: true });
});
