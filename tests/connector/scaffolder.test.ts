import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { apollo } from '../../connector/apollo.ts';
import { scaffolder } from '../../connector/scaffolder.ts';
import { init } from '../../runtime/init/init.ts';
import type { InitOptions } from '../../runtime/init/init-options.ts';
import { asked, suggested } from '../../runtime/init/questions.ts';
import { preview } from '../../runtime/run/preview/preview.ts';
import { readConfigFile } from '../support/config-file.ts';
import { API_KEY, startApollo } from '../support/emulator.ts';
import { EmulatorClock } from '../support/emulator-clock.ts';
import { makeWarehouse, type TestRow } from '../support/warehouse.ts';

const people: readonly TestRow[] = Array.from({ length: 30 }, (_, i) => ({
  customer_id: i,
  group_id: i % 3,
  work_email: `ann${i}@acme${i}.com`,
  given_name: 'Ann',
  customer_tier: 'Gold',
  'odd: # column': 'secret value',
}));
const companies: readonly TestRow[] = [{ homepage: 'https://www.acme.com/', company_name: 'Acme', id: null }];

interface Run extends Partial<InitOptions> {
  readonly answers?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A folder with a warehouse, and `init` in it. */
async function place() {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const source = join(folder, 'warehouse.duckdb');
  await makeWarehouse(source, { people, companies, 'dotted.name': people });
  const to = join(folder, 'conf', 'sync.yaml');
  async function* lines(answers: readonly string[]) {
    yield* answers;
  }
  const run = async ({ answers, environment = {}, ...options }: Run) => {
    const told: string[] = [];
    const { signal } = new AbortController();
    const next = await init(
      scaffolder('0'),
      { source, to, yes: answers === undefined, force: false, ...options },
      {
        answers: answers === undefined ? suggested : asked(lines(answers), (text) => told.push(text), signal),
        environment,
        source: { temporaryDirectory: folder },
        signal,
        tell: async (text) => void told.push(text),
        hide: () => {},
        program: 'destination-apollo',
      },
    );
    const path = options.to ?? to;
    return { next, told: told.join(''), text: existsSync(path) ? readFileSync(path, 'utf8') : '' };
  };
  return { folder, source, to, run };
}

/** What `preview` makes of a file as it is; throws where it does not accept it. */
async function previewed(path: string) {
  const environment = { APOLLO_API_KEY: API_KEY };
  const configured = apollo.configure(await readConfigFile(path, environment), 'sync', environment);
  const dependencies = { clock: new EmulatorClock(), environment, version: '0', notice: () => {} };
  const source = { temporaryDirectory: tmpdir() };
  const options = {
    runId: 'r',
    only: [],
    full: false,
    retryRejects: false,
    run: new AbortController(),
    source,
    show: 0,
  };
  return { configured, result: await preview(apollo, configured, options, dependencies) };
}

test('what is written is accepted as it is, with custom fields and a primary key', async () => {
  const emulator = await startApollo();
  const { run, to, source } = await place();
  const environment = { APOLLO_API_KEY: API_KEY };
  const { text, told } = await run({ table: 'people', object: 'contacts', apiBaseUrl: emulator.url, environment });
  const { configured, result } = await previewed(to);
  expect(configured.config.streams[0]).toMatchObject({
    name: 'people',
    table: 'people',
    object: 'contacts',
    primary_key: 'customer_id',
    mapping: [
      { to: 'email', from: 'work_email' },
      { to: 'first_name', from: 'given_name' },
      { to: 'custom:Customer Tier', from: 'customer_tier' },
    ],
  });
  expect(configured.config.source).toEqual({ type: 'duckdb', database: source });
  expect(configured.warnings).toEqual([]);
  expect(result.streams[0]).toMatchObject({ read: 30, to_send: 30, rejected: 0 });
  expect(text + told).not.toMatch(/ann\d|secret value|Gold/);
  expect(text).not.toContain(API_KEY);
});

test('the schema for editors lies where the first line says, and takes the file', async () => {
  const { run, to } = await place();
  const { text } = await run({ table: 'people' });
  const [, path] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  const schema = JSON.parse(readFileSync(join(to, '..', path!), 'utf8')) as object;
  const validate = new Ajv({ strict: false, formats: { password: true, uri: true } }).compile(schema);
  expect([validate(parse(text)), validate.errors]).toEqual([true, null]);
});

test('a file that exists is not overwritten unless that is asked for', async () => {
  const { run, folder } = await place();
  const to = join(folder, 'mine.yaml');
  writeFileSync(to, 'mine');
  await expect(run({ table: 'people', to })).rejects.toThrow(
    `${to} exists. Give --add to add a stream to it, another name, or --force to overwrite it.`,
  );
  expect(readFileSync(to, 'utf8')).toBe('mine');
  expect((await run({ table: 'people', to, force: true })).text).toMatch(/work_email/);
});

test('answers may come from a pipe, one a line', async () => {
  const { run, folder, source } = await place();
  const to = join(folder, 'piped.yaml');
  const { text, told } = await run({ source: undefined, answers: [source, 'people', '', '1'], to });
  expect(parse(text).streams[0].object).toBe('contacts');
  expect(told).toMatch(/Where are the rows\?.*Which table.*Which environment variable.*What do the rows become/s);
  const dotted = await run({ answers: ['"dotted.name"', '', ''], to: `${to}.1` });
  expect(parse(dotted.text).streams[0]).toMatchObject({ name: 'dotted.name', table: '"dotted.name"' });
  await expect(run({ source: undefined, answers: [source], to: `${to}.2` })).rejects.toThrow('Give --table');
});

test('accounts are recognised by their domains, and an id with nulls is not taken for a primary key', async () => {
  const { run } = await place();
  const { text } = await run({ table: 'companies' });
  expect(parse(text).streams[0]).toEqual({
    name: 'companies',
    table: 'companies',
    object: 'accounts',
    mode: 'upsert',
    mapping: [
      { to: 'domain', from: 'homepage' },
      { to: 'name', from: 'company_name' },
    ],
    on_existing: 'update',
    nulls: 'ignore',
  });
});

test('where nothing names a record, a column must be given', async () => {
  const { run } = await place();
  const query = 'select group_id, given_name from people';
  await expect(run({ query, object: 'contacts' })).rejects.toThrow('Give --match');
  await expect(run({ query, object: 'contacts' })).rejects.toThrow(
    'first_name, last_name and organization_name together identify too',
  );
  await expect(run({ query, object: 'contacts', match: 'given_name' })).rejects.toThrow(
    '--match: no value of given_name is a valid email',
  );
  const mails = "select group_id, 'x' || work_email as given_name from people";
  const { text } = await run({ query: mails, object: 'contacts', match: 'given_name' });
  expect(parse(text).streams[0]).toMatchObject({ query: mails, mapping: [{ to: 'email', from: 'given_name' }] });
});

test('files of rows are read by a query', async () => {
  const { run, folder } = await place();
  const source = join(folder, "o'rows.csv");
  writeFileSync(source, 'id,mail\n1,ann@acme.com\n2,bob@widget.org\n');
  const { text } = await run({ source });
  const { source: written, streams } = parse(text);
  expect(written).toEqual({ type: 'duckdb' });
  expect(streams[0]).toMatchObject({ name: 'contacts', primary_key: 'id', mapping: [{ to: 'email', from: 'mail' }] });
  expect((await previewedOffline(join(folder, 'conf', 'sync.yaml'))).streams[0]?.query).toBe(
    `select * from read_csv('${source.replace("'", "''")}', delim = ',', quote = '"', escape = '"', header = true, skip = 0, ` +
      `comment = '', encoding = 'utf-8', all_varchar = true)`,
  );
});

test('an Arrow file is one relation', async () => {
  const { run, folder } = await place();
  const source = join(import.meta.dirname, '..', 'fixtures', 'arrow', 'types.arrow');
  const failure = await run({ source, table: 'people' }).catch((error: unknown) => String(error));
  expect(failure).toMatch(/leave --table and --query out/);
  const { columns } = await columnsOf(source, folder);
  const refusal = await run({ source, object: 'contacts', match: columns[0]!.name }).catch((error: unknown) =>
    String(error),
  );
  expect(refusal).toMatch(/--match: no value of/);
});

test('a wrong key is no reason not to begin', async () => {
  const emulator = await startApollo();
  const { run } = await place();
  const { told } = await run({ table: 'people', apiBaseUrl: emulator.url, environment: { APOLLO_API_KEY: 'wrong' } });
  expect(told).toMatch(/note: Custom fields, stages and owners are not known/);
  expect(told).not.toContain('wrong');
});

test('a key in the place of a variable’s name is refused and not shown', async () => {
  const { run } = await place();
  const failure = await run({ table: 'people', keyVariable: 'sk-12345' }).catch((error: unknown) => String(error));
  expect(failure).toMatch(/not the name of an environment variable/);
  expect(failure).not.toContain('12345');
});

test('the only column is not taken where no value of it fits', async () => {
  const { run } = await place();
  await expect(run({ query: 'select given_name from people', object: 'contacts' })).rejects.toThrow('Give --match');
});

test('a primary key is not claimed, and the reason is true', async () => {
  const { run } = await place();
  const keyless = async (query: string) => (await run({ query, object: 'contacts', force: true })).told;
  expect(await keyless('select group_id as store_id, work_email from people')).toMatch(
    /primary key: the match field, for store_id has the same value in several rows \(3 values in 30 rows\)/,
  );
  expect(await keyless('select nullif(customer_id, 4) as "Contact ID", work_email from people')).toMatch(
    /for Contact ID is empty in 1 of 30 rows/,
  );
  expect(await keyless('select work_email from people')).toMatch(/for no column is called an id/);
});

test('what costs a request for each record is written as a comment, with what it costs', async () => {
  const { run } = await place();
  const query = `select p.*, '+1 415 555 01' || lpad(customer_id::varchar, 2, '0') as mobile from people p, range(100)`;
  const { text } = await run({ query, object: 'contacts' });
  expect(text).toContain(
    '# - { to: mobile_phone, from: mobile, on_invalid: drop }   # costs a request for each record: 3,000 calls in the whole, 8 hours',
  );
  expect(parse(text).streams[0].mapping).toContainEqual({ to: 'phone', from: 'mobile', on_invalid: 'drop' });
  expect(parse(text).rejects.fail_above_percent).toBe(5);
});

test('a stream is added to a file that exists, from the same source', async () => {
  const { run, source, folder } = await place();
  const { text: first } = await run({ table: 'people' });
  const { text } = await run({ table: 'companies', source: undefined, add: true });
  expect(text.startsWith(first.slice(0, first.indexOf('# A run with more')).trimEnd())).toBe(true);
  expect(parse(text)).toEqual({
    ...parse(first),
    streams: [parse(first).streams[0], expect.objectContaining({ name: 'companies' })],
  });
  const rows = join(folder, 'rows.csv');
  writeFileSync(rows, 'id,mail\n1,ann@acme.com\n');
  expect(parse((await run({ source: rows, add: true })).text).streams).toHaveLength(3);
  const again = parse((await run({ source, table: 'people', add: true })).text);
  expect(again.streams.map(({ name }: { name: string }) => name)).toEqual([
    'people',
    'companies',
    'contacts',
    'people_2',
  ]);
  const other = join(folder, 'other.duckdb');
  await makeWarehouse(other, { people });
  await expect(run({ source: other, add: true })).rejects.toThrow('reads another source');
});

test('as JSON it tells tables, columns and suggestions, and writes nothing', async () => {
  const { run, to } = await place();
  const { next } = await run({ json: true });
  expect(existsSync(to)).toBe(false);
  const { tables } = JSON.parse(next);
  expect(tables.map(({ table }: { table: string }) => table)).toEqual(['companies', '"dotted.name"', 'people']);
  expect(tables[2]).toMatchObject({
    rows: 30,
    suggestions: {
      contacts: { is_identified: true, primary_key: 'customer_id' },
      accounts: { primary_key: 'customer_id' },
    },
  });
  expect(tables[2].columns.slice(0, 3)).toEqual([
    { name: 'customer_id', type: 'BIGINT', filled: 30, distinct: 30 },
    { name: 'group_id', type: 'BIGINT', filled: 30, distinct: 3 },
    { name: 'work_email', type: 'VARCHAR', filled: 30, distinct: 30 },
  ]);
  expect(next).not.toMatch(/ann\d|secret value|Gold/);
});

test('a file in which rows would be skipped ends it, until a person says how', async () => {
  const { run, folder, to } = await place();
  const source = join(folder, 'notes.csv');
  writeFileSync(source, 'Contacts of March\n\nid,mail\n1,ann@acme.com\n');
  await expect(run({ source })).rejects.toThrow(/2 lines stand above .* would be skipped.*give --skip 2/);
  await expect(run({ source, answers: ['no'] })).rejects.toThrow('Take them out of the file');
  const asked = await run({ source, answers: ['yes', '', ''] });
  expect(parse(asked.text).streams[0].query).toContain('skip = 2');
  const { text } = await run({ source, skip: '2', to: `${to}.2` });
  expect(parse(text).streams[0]).toMatchObject({ primary_key: 'id', mapping: [{ to: 'email', from: 'mail' }] });
});

/** The configuration in a file, without asking Apollo anything. */
async function previewedOffline(path: string) {
  const environment = { APOLLO_API_KEY: 'k' };
  return apollo.configure(await readConfigFile(path, environment), 'sync', environment).config;
}

async function columnsOf(path: string, temporaryDirectory: string) {
  const { openSource } = await import('../../runtime/source/open-source.ts');
  const source = await openSource({ type: 'arrow', path }, { temporaryDirectory });
  try {
    return { columns: await source.columns({ path: 'x' }) };
  } finally {
    await source.close();
  }
}
