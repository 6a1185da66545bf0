import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate, parseKeys } from '../../runtime/config/config-file.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { parseConfig } from '../../spec/parse-config.ts';

type ParseOptions = NonNullable<Parameters<typeof parseConfig>[1]>;

const credentials = { auth_type: 'api_key', api_key: 'canary-9f31c2' };
const source = { type: 'duckdb', database: 'warehouse.duckdb' };
const stream = { name: 'contacts', table: 'marts.contacts', object: 'contacts' };
const base = { credentials, source, streams: [stream] };

const parse = (json: unknown, options: Partial<ParseOptions> = {}) =>
  parseConfig(json, { environment: {}, ...options });

function problemsOf(json: unknown, options: Partial<ParseOptions> = {}): readonly string[] {
  try {
    parse(json, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigFailure);
    expect((error as ConfigFailure).code).toBe('invalid_config');
    return (error as Error).message.split('\n  ').slice(1);
  }
  return [];
}

const streamProblems = (keys: object) => problemsOf({ ...base, streams: [{ ...stream, ...keys }] });

describe('a configuration', () => {
  it('gets the default of every key that is left out', () => {
    expect(parse(base)).toEqual({
      credentials,
      api_base_url: 'https://api.apollo.io/api/v1',
      source,
      streams: [
        {
          ...stream,
          mode: 'upsert',
          mapping: [],
          on_existing: 'update',
          on_match_conflict: 'reject',
          nulls: 'ignore',
          on_invalid: 'reject',
          updates: 'individual',
          read_before_update: false,
          lists: [],
          enabled: true,
          create_fields: false,
          create_options: false,
          max_rekeyed_percent: 20,
          max_removed_percent: 20,
        },
      ],
      rate_limits: { plan: 'auto', reserve_percent: 0, max_wait_seconds: 3900 },
      limits: {},
      guards: {},
      retries: { max_retries: 3 },
      timeouts: { connect: 30, response: 330 },
      concurrency: 4,
      rejects: { path: 'rejects.jsonl', fail_above_percent: 100 },
      state: { type: 'duckdb', path: '.destination-apollo/state.duckdb' },
    });
  });

  it('remembers nothing by default when Airbyte runs it, and may then lack source and streams', () => {
    const config = parse({ credentials }, { caller: 'airbyte' });
    expect([config.state, config.source, config.streams]).toEqual([{ type: 'none' }, undefined, []]);
    expect(parse({ credentials, state: { type: 'duckdb' } }, { caller: 'airbyte' }).state).toEqual({
      type: 'duckdb',
      path: '.destination-apollo/state.duckdb',
    });
  });

  it('takes the API key from the environment only where it gives none itself', () => {
    const environment = { APOLLO_API_KEY: 'from-environment' };
    const fromEnvironment = { auth_type: 'api_key', api_key: 'from-environment' };
    const { credentials: _, ...keyless } = base;
    expect(parse(keyless, { environment }).credentials).toEqual(fromEnvironment);
    expect(parse({ ...base, credentials: { auth_type: 'api_key' } }, { environment }).credentials).toEqual(
      fromEnvironment,
    );
    expect(parse(base, { environment }).credentials).toEqual(credentials);
    expect(problemsOf({ ...base, credentials: { auth_type: 'oauth' } }, { environment })).toEqual([
      'credentials.access_token: is missing; expected text that is not empty',
    ]);
    expect(problemsOf(keyless)).toEqual([
      'credentials.api_key: is missing; expected text that is not empty; or set the environment variable APOLLO_API_KEY',
    ]);
  });

  it('does not let an empty key stand for the one of the environment', () => {
    const empty = { ...base, credentials: { auth_type: 'api_key', api_key: '' } };
    expect(problemsOf(empty, { environment: { APOLLO_API_KEY: 'x'.repeat(20) } })[0]).toContain(
      'received an empty text',
    );
  });

  it('loses the white space around a key, which no header may carry', () => {
    const environment = { APOLLO_API_KEY: 'key\n' };
    const spaced = { ...base, credentials: { auth_type: 'oauth', access_token: ' token\n' } };
    expect(parse({ source, streams: [stream] }, { environment }).credentials).toEqual({
      auth_type: 'api_key',
      api_key: 'key',
    });
    expect(parse(spaced).credentials).toEqual({ auth_type: 'oauth', access_token: 'token' });
  });

  it('loses the slash at the end of the base URL', () => {
    expect(parse({ ...base, api_base_url: 'https://api.apollo.io/api/v1//' }).api_base_url).toBe(
      'https://api.apollo.io/api/v1',
    );
  });

  it.each([
    'http://127.0.0.1:8080/api/v1',
    'http://127.9.9.9',
    'http://localhost:1/x',
    'http://[::1]:80/x',
    'https://proxy.example',
  ])('accepts %s as the base URL', (url) => expect(problemsOf({ ...base, api_base_url: url })).toEqual([]));

  it.each([
    'http://api.apollo.io/api/v1',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://10.0.0.1',
    'ftp://127.0.0.1',
    'api.apollo.io',
    'https://user:pa55word@api.apollo.io',
    'https://api.apollo.io/?key=1',
    '',
  ])('refuses %s as the base URL', (url) => {
    const [problem = '', ...others] = problemsOf({ ...base, api_base_url: url });
    expect(others).toEqual([]);
    expect(problem).toMatch(/^api_base_url: received .*expected /);
    expect(problem).not.toContain('pa55word');
  });

  it('is refused with every problem at once, each with its place, what was received and what was expected', () => {
    const json = {
      ...base,
      concurency: 2,
      concurrency: 64,
      credentials: { ...credentials, api_kye: 'x' },
      streams: [
        stream,
        {
          ...stream,
          object: 'contact',
          mapping: [
            { to: 'email', form: 'a' },
            { to: 'email', from: 'b' },
            { to: 5, constant: {} },
          ],
        },
      ],
      rejects: { fail_above_percent: -1 },
      retries: { max_retries: 1.5 },
      state: { type: 'sqlite' },
    };
    expect(problemsOf(json)).toEqual([
      'concurency: unknown key; did you mean "concurrency"?',
      'credentials.api_kye: unknown key; did you mean "api_key"?',
      'streams[1].object: received "contact", expected contacts or accounts; did you mean "contacts"?',
      'streams[1].mapping[0].form: unknown key; did you mean "from"?',
      'streams[1].mapping[2].to: received 5, expected text that is not empty',
      'streams[1].mapping[2].constant: received a set of keys, expected text, a number or true or false',
      'retries.max_retries: received 1.5, expected a whole number from 0 to 20',
      'concurrency: received 64, expected a whole number from 1 to 32',
      'rejects.fail_above_percent: received -1, expected a number from 0 to 100',
      'state.type: received a text (not shown), expected duckdb, none, postgres or ducklake',
      'streams[1].name: another stream has this name; expected names that differ',
      'streams[1].mapping[1].to: another entry writes this field; expected one entry a field',
      'streams[1].mapping[0]: expected either from or constant, received neither',
    ]);
  });

  it.each([[null], [[]], ['text'], [5]])('that is %j is refused', (json) => {
    expect(problemsOf(json)).toEqual(['the configuration: expected a set of keys']);
  });

  it('of another alternative has unknown keys, and the known ones are listed', () => {
    expect(
      problemsOf({
        ...base,
        source: { type: 'arrow', path: '-', database: 'x' },
        streams: [{ name: 'a', object: 'contacts' }],
      }),
    ).toEqual(['source.database: unknown key; known keys: type, path, command, memory_limit or require_end_marker']);
  });

  it('with unknown keys at the top is accepted from Airbyte, with a warning, and refused further in', () => {
    const warnings: string[] = [];
    parse({ credentials, stream: [] }, { caller: 'airbyte', warn: (message) => warnings.push(message) });
    expect(warnings).toEqual(['stream: unknown key; did you mean "streams"?']);
    expect(problemsOf({ credentials, retries: { max: 1 } }, { caller: 'airbyte' })).toHaveLength(1);
  });
});

describe('keys that belong together', () => {
  it.each<[string, object, readonly string[]]>([
    ['an Apollo id in mode update', { mode: 'update', apollo_id: 'id' }, []],
    [
      'mode update without it',
      { mode: 'update' },
      ['streams[0].apollo_id: is missing; mode update expects the column that holds the Apollo record id'],
    ],
    [
      'an Apollo id in another mode',
      { apollo_id: 'id' },
      ['streams[0].apollo_id: is allowed in mode update and with membership only'],
    ],
    ['mirror of a stream with lists', { mode: 'mirror', lists: ['L'] }, []],
    ['mirror by a stage', { mode: 'mirror', on_removed: { set_stage: 'Cold' } }, []],
    [
      'mirror of nothing in particular',
      { mode: 'mirror' },
      ['streams[0].on_removed: is missing; mode mirror of a stream without lists expects what happens to removed rows'],
    ],
    [
      'mirror that keeps',
      { mode: 'mirror', on_removed: 'keep' },
      [
        'streams[0].on_removed: received "keep", which is what mode upsert does; expected what happens to removed rows, in mode mirror',
      ],
    ],
    [
      'removed rows of insert',
      { mode: 'insert', on_removed: 'remove_from_lists' },
      ['streams[0].on_removed: does not go with mode insert, which leaves existing records alone; expected keep'],
    ],
    [
      'removed rows where existing records are skipped',
      { on_existing: 'skip', on_removed: { set_stage: 'Cold' } },
      ['streams[0].on_removed: does not go with on_existing skip, which leaves existing records alone; expected keep'],
    ],
    [
      'removed rows of no known kind',
      { on_removed: 'delete' },
      [
        'streams[0].on_removed: received "delete", expected keep, remove_from_lists, {set_stage: NAME} or {set_field: {to: FIELD, value: VALUE}}',
      ],
    ],
    ['a list by email', { membership: { list: 'L', behaviour: 'add' } }, []],
    ['a list by id', { apollo_id: 'x', membership: { list: 'L', behaviour: 'mirror' } }, []],
    [
      'a list that finds people by id',
      { apollo_id: 'x', membership: { list: 'L', behaviour: 'upsert' } },
      ['streams[0].apollo_id: is not allowed with membership upsert, which finds records by their match field'],
    ],
    [
      'a list with a mode',
      { mode: 'mirror', lists: ['M'], membership: { list: 'L', behaviour: 'add' } },
      [
        'streams[0].mode: is not allowed with membership, whose behaviour says what is done',
        'streams[0].lists: is not allowed with membership, whose behaviour says what is done',
      ],
    ],
    ['on_match_conflict create for accounts', { object: 'accounts', on_match_conflict: 'create' }, []],
    [
      'on_match_conflict create for contacts',
      { on_match_conflict: 'create' },
      ['streams[0].on_match_conflict: received "create", expected reject: create is for accounts only'],
    ],
    [
      'from and constant',
      { mapping: [{ to: 'email', from: 'a', constant: 'b' }] },
      ['streams[0].mapping[0]: expected either from or constant, received both'],
    ],
    ['a constant that is false', { mapping: [{ to: 'email', constant: false }] }, []],
    ['table and query', { query: 'select 1' }, ['streams[0]: expected either table or query, received both']],
    ['neither of them', { table: undefined }, ['streams[0]: expected either table or query, received neither']],
    [
      'updates of no kind',
      { updates: 'bulks' },
      ['streams[0].updates: received "bulks", expected individual or bulk; did you mean "bulk"?'],
    ],
  ])('%s', (_, keys, problems) => expect(streamProblems(keys)).toEqual(problems));

  it.each([
    { type: 'duckdb', database: 'x.duckdb', memory_limit: '64MB', extension_directory: '/extensions' },
    { type: 'arrow', path: '-', memory_limit: '64MB', require_end_marker: false },
  ])('the source of $type takes all that the source itself knows', (given) => {
    const streams = [given.type === 'duckdb' ? stream : { name: 'a', object: 'contacts' }];
    expect(parse({ ...base, source: given, streams }).source).toEqual(given);
  });

  it('a table with an arrow source is refused', () => {
    expect(problemsOf({ ...base, source: { type: 'arrow', path: '-' } })).toEqual([
      'streams[0].table: is allowed with a duckdb, clickhouse or databricks source only',
    ]);
  });

  it('plan custom takes all three limits, any other plan none', () => {
    const limits = (rate_limits: object) => problemsOf({ ...base, rate_limits });
    expect(limits({ plan: 'custom', per_minute: 1, per_hour: 1, per_day: 1 })).toEqual([]);
    expect(limits({ plan: 'custom', per_minute: 1, per_day: 1 })).toEqual([
      'rate_limits.per_hour: is missing; expected a whole number, with plan custom',
    ]);
    expect(limits({ per_day: 1 })).toEqual(['rate_limits.per_day: is allowed with plan custom only']);
  });

  it('what is probably not meant is warned of, and accepted', () => {
    const warnings: string[] = [];
    const other = { ...stream, name: 'more', mode: 'insert', on_existing: 'fill_blanks', nulls: 'clear' };
    parse({ ...base, streams: [stream, other] }, { warn: (message) => warnings.push(message) });
    expect(warnings.map((message) => message.split(':')[0])).toEqual([
      'streams[1].object',
      'streams[1].on_existing',
      'streams[1].nulls',
    ]);
  });
});

describe('the message of a refusal', () => {
  it('never shows a secret, wherever it was put', () => {
    const secret = 'canary-9f31c2';
    const places = [
      { credentials: secret },
      { credentials: { auth_type: secret } },
      { credentials: { auth_type: 'api_key', api_key: [secret] } },
      { credentials: { auth_type: 'oauth', access_token: { value: secret } } },
      { credentials, api_base_url: secret },
      { credentials, streams: [{ ...stream, mode: secret }] },
    ];
    for (const place of places) expect(problemsOf({ ...base, ...place }).join('\n')).toMatch(/expected (?!.*canary)/);
    for (const place of places) expect(problemsOf({ ...base, ...place }).join('\n')).not.toContain(secret);
    const environment = { APOLLO_API_KEY: secret };
    expect(
      problemsOf({ ...base, credentials: undefined, concurrency: secret }, { environment }).join('\n'),
    ).not.toContain(secret);
  });

  it('comes for any value whatever, as a ConfigFailure', () => {
    const anything = fc.anything({ withNullPrototype: true });
    const keys = fc.constantFrom(
      'credentials',
      'api_base_url',
      'source',
      'streams',
      'rate_limits',
      'rejects',
      'state',
      '__proto__',
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.oneof(anything, fc.array(anything))), (json) => {
        problemsOf({ ...base, ...json });
        problemsOf(json, { caller: 'airbyte' });
      }),
    );
  });
});

it('the configurations and the message that the documentation shows are true', async () => {
  const page = await readFile(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  const sample = /```yaml\n([^`]*)```/.exec(page)?.[1] ?? '';
  const config = parse(interpolate(parseKeys(sample, 'sample'), { APOLLO_API_KEY: 'key' }));
  expect(config.streams[0]?.mapping).toHaveLength(4);
  const [, message] = /```text\n([^`]*)\n```/.exec(page)!;
  const problems = problemsOf({ credentials, source, stream: [], concurrency: 64 });
  expect(message).toBe(['The configuration has 3 problems:', ...problems].join('\n  '));
});
