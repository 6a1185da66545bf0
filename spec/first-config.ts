import { stringify } from 'yaml';
import type { DuckDbSourceConfig } from '../runtime/contract/source-config.ts';
import type { Scaffold, Suggestion } from '../runtime/init/scaffolder.ts';

/** Where the schema for editors is written, from the folder of the configuration. */
export const SCHEMA_PATH = '.destination-apollo/config.schema.json';

/** A first configuration in YAML, with comments for whoever goes on with it. */
export const firstConfig = (scaffold: Scaffold): string =>
  [
    `# yaml-language-server: $schema=${SCHEMA_PATH}`,
    '# Written by `destination-apollo init`. What a run would do, without doing it:',
    `#   destination-apollo preview --config ${comment(scaffold.path)}`,
    '',
    ...credentialLines(scaffold),
    '',
    ...sourceLines(scaffold),
    '',
    'streams:',
    ...streamLines(scaffold),
    '',
    '# A run with more rejected rows than this, in percent, fails. The rows and the reasons stand in the file.',
    'rejects:',
    '  path: rejects.jsonl',
    '  fail_above_percent: 5',
    '',
    '# rate_limits:',
    '#   reserve_percent: 20   # leave a part of every rate limit to other tools',
    '',
  ].join('\n');

/** The lines of one stream, indented by two. */
export const streamLines = (scaffold: Scaffold): readonly string[] => [
  `  - name: ${scalar(scaffold.name)}   # what earlier runs learned is remembered under this name`,
  ...inputLines(scaffold),
  `    object: ${scaffold.object}`,
  '    mode: upsert            # insert: only create; update: only change records whose Apollo id the row has',
  ...keyLines(scaffold),
  ...mappingLines(scaffold.suggestion),
  '    on_existing: update     # skip: leave existing records alone; fill_blanks: write only what is empty there',
  '    nulls: ignore           # clear: a null empties the field',
  '    # on_invalid: drop      # a value that does not fit leaves its field alone; without it, the row is rejected',
  '    # lists: [Warehouse sync]   # every record is added to these lists',
];

function sourceLines({ source }: Scaffold): readonly string[] {
  if (source.type === 'arrow') return ['source:', '  type: arrow', `  path: ${scalar(source.path ?? '-')}`];
  if (source.type !== 'duckdb') return ['source:', `  type: ${source.type}`];
  if (source.attach !== undefined) return attachedLines(source);
  return [
    'source:',
    '  type: duckdb',
    source.database === undefined
      ? '  # No database: the query reads files.'
      : `  database: ${scalar(source.database)}   # relative to the working directory`,
  ];
}

/** As it is to be written: variables are named in it. */
const attachedLines = ({ secrets = [], attach = [] }: DuckDbSourceConfig): readonly string[] => [
  'source:',
  '  type: duckdb',
  ...(secrets.length > 0 ? ['  secrets:', ...secrets.map((secret) => `    - ${flowOf(secret)}`)] : []),
  '  attach:   # for reading only; its alias comes first in the names of its tables',
  ...attach.map((one) => `    - ${flowOf(one)}`),
];

const flowOf = (value: object): string =>
  `{ ${Object.entries(value)
    .map(([key, each]) => `${key}: ${JSON.stringify(each)}`)
    .join(', ')} }`;

function inputLines({ input: { table, query } }: Scaffold): readonly string[] {
  if (table !== undefined) return [`    table: ${scalar(table)}`];
  return query === undefined ? [] : [`    query: ${scalar(query)}`];
}

/** The way to the workspace. */
const credentialLines = ({ keyVariable, apiBaseUrl }: Scaffold): readonly string[] => [
  'credentials:',
  '  auth_type: api_key',
  `  api_key: \${${keyVariable}}   # from the environment: the key itself does not belong into a file`,
  ...(apiBaseUrl === undefined ? [] : [`api_base_url: ${scalar(apiBaseUrl)}`]),
];

const keyLines = ({ key: { column, why } }: Scaffold): readonly string[] =>
  column === undefined
    ? [`    # primary_key: COLUMN   # what names a row; without it, the column of the match field: ${comment(why)}`]
    : [`    primary_key: ${scalar(column)}   # now ${comment(why)}`];

function mappingLines({ mapping, costly, left, notes }: Suggestion): readonly string[] {
  const entries = mapping.map((entry) => `      - ${entryText(entry)}`);
  const silent = left.filter(({ why }) => why === undefined).map(({ column }) => comment(column));
  const width = Math.max(0, ...entries.map((entry) => entry.length));
  return [
    mapping.length === 0 ? '    mapping: []' : '    mapping:',
    ...entries.map((entry, index) => `${entry.padEnd(width)}   # ${comment(mapping[index]!.why)}`),
    ...costly.map((entry) => `      # - ${comment(entryText(entry))}   # ${comment(entry.cost)}`),
    ...left.flatMap(({ column, why }) =>
      why === undefined ? [] : [`      # not mapped: ${comment(column)} (${comment(why)})`],
    ),
    ...(silent.length > 0 ? [`      # not mapped: ${silent.join(', ')}`] : []),
    ...notes.map((note) => `      # ${comment(note)}`),
  ];
}

const entryText = ({ to, from, isOptional }: Suggestion['mapping'][number]): string =>
  `{ to: ${inFlow(to)}, from: ${inFlow(from)}${isOptional ? ', on_invalid: drop' : ''} }`;

// A line break in the name of a column must not end the comment.
const comment = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();

// `${` is the beginning of a variable in a configuration.
const plain = (text: string): string => text.replaceAll(/\$\{/g, (found) => `$${found}`);

const scalar = (text: string): string =>
  JSON_LIKE.test(text) ? quoted(text) : stringify(plain(text), { lineWidth: 0 }).trimEnd();

const inFlow = (text: string): string => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(text) ? scalar(text) : quoted(text));

// A text of several lines would become a block, which the comments behind it would be part of.
const JSON_LIKE = /[\n\r]|^\s|\s$/;

// Every JSON string is one in YAML 1.2.
const quoted = (text: string): string => JSON.stringify(plain(text));
