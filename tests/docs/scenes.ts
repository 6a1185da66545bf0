import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { parse, stringify } from 'yaml';
import type { Emulator } from '../../emulator/server/server.ts';
import { makeWarehouse as makeTables, type TestRow } from '../support/warehouse.ts';
import { run } from './shell.ts';

const root = join(import.meta.dirname, '..', '..');

/** Where the commands of a page are run: a folder, and an Apollo. */
export interface Place {
  readonly folder: string;
  readonly apollo: Emulator;
}

/** The places that pages name, each as its reader would have it before the first command. */
export const scenes: Readonly<Record<string, (place: Place) => Promise<void>>> = {
  /** The first run of the README: its configuration, and five rows. */
  readme: async (place) => {
    const [, config] = /```yaml\n(.*?)```/s.exec(readFileSync(join(root, 'README.md'), 'utf8'))!;
    await settle(place, parse(config!) as Config, { apollo_contacts: fivePeople });
  },
  /** Two runs of forty rows, on two days: five bad addresses, of which one is put right; and a changed title. */
  days: async (place) => {
    const bad = new Set(['C-5', 'C-14', 'C-20', 'C-30', 'C-35']);
    await settle(place, customers, { contacts: forty(bad, 'CTO') });
    await run('destination-apollo sync --config sync.yaml', place.folder);
    bad.delete('C-14');
    await makeWarehouse(join(place.folder, 'warehouse.duckdb'), { contacts: forty(bad, 'CEO') });
    await run('destination-apollo sync --config sync.yaml', place.folder);
  },
  /** A run that was deferred, and the file of summaries that a scheduler keeps. */
  deferred: async (place) => {
    const config = { ...customers, limits: { max_calls: 1 } };
    await settle(place, config, { contacts: forty(new Set(), 'CTO') });
    await run('destination-apollo sync --config sync.yaml --output json > runs.jsonl', place.folder);
  },
  /** A file of a hundred people, of which one line has a value too many. */
  csv: async ({ folder }) => {
    const lines = Array.from({ length: 100 }, (_, at) => `person${at}@acme.example,Ann,CTO`);
    writeFileSync(
      join(folder, 'people.csv'),
      ['email,first_name,title', ...lines, 'zoe@acme.example,Zoe,CTO,x', ''].join('\n'),
    );
  },
  /** A table of people and a key, but no configuration. */
  table: async ({ folder }) => {
    await makeWarehouse(join(folder, 'warehouse.duckdb'), { people: fivePeople });
  },
  attached: async ({ folder }) => {
    await makeWarehouse(join(folder, 'warehouse.duckdb'), { people: fivePeople });
    const source = { type: 'duckdb', attach: [{ path: 'warehouse.duckdb', alias: 'wh' }] };
    writeFileSync(join(folder, 'sync.yaml'), stringify({ source }));
  },
};

/** Tables of the schema `marts`. */
async function makeWarehouse(path: string, tables: Readonly<Record<string, readonly TestRow[]>>): Promise<void> {
  await makeTables(path, tables);
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run('create schema marts');
  for (const name of Object.keys(tables)) await connection.run(`create table marts."${name}" as from main."${name}"`);
  for (const name of Object.keys(tables)) await connection.run(`drop table main."${name}"`);
  connection.closeSync();
  instance.closeSync();
}

type Config = { readonly streams: readonly object[] } & Readonly<Record<string, unknown>>;

async function settle({ folder, apollo }: Place, config: Config, tables: Readonly<Record<string, readonly TestRow[]>>) {
  await makeWarehouse(join(folder, 'warehouse.duckdb'), tables);
  writeFileSync(join(folder, 'sync.yaml'), stringify({ ...config, api_base_url: apollo.url }));
}

const customers = {
  source: { type: 'duckdb', database: 'warehouse.duckdb' },
  streams: [
    {
      name: 'contacts',
      table: 'marts.contacts',
      object: 'contacts',
      primary_key: 'customer_id',
      mapping: [
        { to: 'email', from: 'work_email' },
        { to: 'first_name', from: 'given_name' },
        { to: 'title', from: 'job_title' },
      ],
    },
  ],
};

const person = (id: string, work_email: string, given_name: string, mobile: string | null): TestRow => ({
  customer_id: id,
  work_email,
  given_name,
  family_name: 'Lee',
  job_title: 'CTO',
  mobile,
});

const fivePeople: readonly TestRow[] = [
  person('C-1', 'ann@acme.example', 'Ann', null),
  person('C-2', 'bo@acme.example', 'Bo', null),
  person('C-3', 'ann@acme.example', 'Ann', '+49 30 901820'),
  person('C-4', 'cy at acme.exa', 'Cy', null),
  person('C-5', 'dee@acme.example', 'Dee', 'call reception'),
];

const forty = (bad: ReadonlySet<string>, title: string): readonly TestRow[] =>
  Array.from({ length: 40 }, (_, at) => ({
    customer_id: `C-${at + 1}`,
    work_email: bad.has(`C-${at + 1}`) ? 'no email' : `person${at + 1}@acme.example`,
    given_name: `Person ${at + 1}`,
    job_title: at === 2 ? title : 'Engineer',
  }));
