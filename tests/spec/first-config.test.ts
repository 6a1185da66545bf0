import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { interpolate, parseKeys } from '../../runtime/config/config-file.ts';
import type { Scaffold } from '../../runtime/init/scaffolder.ts';
import { withStream } from '../../spec/added-stream.ts';
import { firstConfig } from '../../spec/first-config.ts';
import { parseConfig } from '../../spec/parse-config.ts';

const scaffold: Scaffold = {
  name: 'people',
  source: { type: 'duckdb', database: 'warehouse.duckdb' },
  input: { table: 'marts.people' },
  object: 'contacts',
  key: { column: 'id', why: 'filled' },
  keyVariable: 'KEY',
  apiBaseUrl: undefined,
  path: 'sync.yaml',
  suggestion: {
    mapping: [],
    left: [],
    notes: [],
    matchField: 'email',
    costly: [],
    otherWays: [],
    matchable: [],
    keys: [],
    isIdentified: true,
  },
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
    const costly = [{ to: 'custom:y', from, why, cost: why }];
    const suggestion = {
      ...scaffold.suggestion,
      mapping,
      costly,
      left: [{ column: left, why }, { column: left }],
      notes: [why],
    };
    const text = firstConfig({ ...scaffold, name: table, input: { table }, key: { column: key, why }, suggestion });
    const [stream] = read(text).streams;
    expect(stream).toMatchObject({ name: table, table, primary_key: key, mapping: [{ to: 'custom:x', from }] });
  });
  fc.assert(property, { numRuns: 300 });
});

test('queries, Arrow files and other addresses are written as they are', () => {
  const query = "select 'a: # b' as x\nfrom t";
  const url = 'http://127.0.0.1:8080/api/v1';
  const config = read(firstConfig({ ...scaffold, source: { type: 'duckdb' }, input: { query }, apiBaseUrl: url }));
  expect([config.source, config.streams[0]?.query, config.api_base_url]).toEqual([{ type: 'duckdb' }, query, url]);
  const arrow = read(firstConfig({ ...scaffold, source: { type: 'arrow', path: 'rows.arrows' }, input: {} }));
  expect(arrow.source).toEqual({ type: 'arrow', path: 'rows.arrows', require_end_marker: true });
});

const added = (text: string) => withStream(text, { ...scaffold, name: 'more', input: { table: 'more' } });

test('a stream is added below the others, and everything else stays as it was', () => {
  const texts = [
    firstConfig(scaffold),
    '# top\nstreams:   # all\n- name: a   # first\n  table: t # keep\n  # of a\n\n# of rejects\nrejects: { path: x }\n',
    'streams:\n    - {name: a, table: t}',
    'source: {type: duckdb}\nstreams: []\nrejects: {path: x}\n',
    'source: {type: duckdb}\n',
    JSON.stringify({ source: { type: 'duckdb' }, streams: [{ name: 'a' }] }),
  ];
  for (const text of texts) {
    const before = parse(text) as { streams?: unknown[] };
    const after = parse(added(text)) as { streams: unknown[] };
    expect({ ...after, streams: after.streams.slice(0, -1) }).toEqual({ ...before, streams: before.streams ?? [] });
    expect(after.streams.at(-1)).toMatchObject({ name: 'more', table: 'more', object: 'contacts' });
  }
  expect(added(texts[1]!)).toMatch(
    /^# top\nstreams: {3}# all\n- name: a {3}# first\n {2}table: t # keep\n {2}# of a\n- name: more/,
  );
  expect(() => added('streams: [{name: a}]')).toThrow('no place for a line below streams');
});
