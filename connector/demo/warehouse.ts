// A small believable warehouse with the dirt of real data: rows that stand twice, broken e-mails, odd phones, unicode.
import { tmpdir } from 'node:os';
import { literal } from '../../runtime/duckdb/sql.ts';
import { WorkDatabase } from '../../runtime/duckdb/work-database.ts';

type Value = string | number | null;
type Random = () => number;

interface Company {
  readonly account_id: string;
  readonly company: string;
  readonly website: string;
  readonly phone: string | null;
  readonly domain: string;
}

const given =
  'Ann Ben Chloé Dmitri Elif Fatima Goran Hana İbrahim Jürgen Kwame Léa Mei Nuño Olga Priya Quentin Renée Søren Tomás Uma Víctor Wei Xin Yara Zoë'.split(
    ' ',
  );
const family =
  "Ackermann Björk Castillo Dąbrowski Eze Fernández García Haddad Ito Jansen Kowalski López Müller Nguyễn O'Brien Papadopoulos Quispe Rossi Šimić Tanaka Usman Vögele Wójcik Xu Yılmaz Zhang".split(
    ' ',
  );
const trades =
  'Analytics Biotech Consulting Dynamics Energy Foods Global Health Imaging Labs Logistics Media Networks Optics Partners Robotics Software Systems Textiles Works'.split(
    ' ',
  );
const roots =
  'Acme Blue Cedar Delta Ember Falcon Granite Harbor Iris Juniper Kite Lumen Maple Nordic Orbit Pioneer Quartz River Summit Tundra'.split(
    ' ',
  );
const titles = ['Head of Sales', 'VP Engineering', 'Data Engineer', 'CFO', 'Account Executive', 'Chief of Staff', null];

/** Numbers in [0, 1), the same ones every time (mulberry32). */
function seeded(): Random {
  let state = 42;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/[^a-zA-Z]/g, '')
    .toLowerCase();

function companiesOf(random: Random): readonly Company[] {
  return Array.from({ length: 400 }, (_, i) => {
    const name = `${roots[i % 20]} ${trades[Math.floor(i / 20) % 20]}`;
    const domain = `${plain(name)}${i % 3 === 0 ? '.de' : '.com'}`;
    const written = [domain, `https://www.${domain}/about`, domain.toUpperCase(), `http://${domain}`][
      Math.floor(random() * 4)
    ]!;
    return {
      account_id: `A-${1000 + i}`,
      company: i % 97 === 5 ? `${name} ` : name,
      website: i % 101 === 7 ? 'not a website' : i % 83 === 3 ? 'https://münchner-werke.de' : written,
      phone: random() < 0.5 ? `+1 415 ${100 + (i % 900)} ${String(1000 + i).slice(-4)}` : null,
      domain,
    };
  });
}

/** What is wrong with one person in a hundred, by the place among them. */
const dirt: Readonly<Record<number, (email: string) => object>> = {
  3: (email) => ({ work_email: email.replace('@', ' at ') }),
  7: () => ({ work_email: '' }),
  11: (email) => ({ work_email: `  ${email.toUpperCase()} ` }),
  13: () => ({ family_name: null }),
  17: () => ({ mobile: '12' }),
};

function peopleOf(random: Random, companies: readonly Company[]) {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  return Array.from({ length: 2000 }, (_, i) => {
    const [first, last, { company, domain }] = [pick(given), pick(family), pick(companies)];
    const email = `${plain(first)}.${plain(last)}${i}@${domain}`;
    return {
      customer_id: 50_000 + i,
      given_name: first,
      family_name: last,
      work_email: email,
      job_title: pick(titles),
      company: company.trim(),
      mobile: i % 10 === 9 ? `+49 (0)171 ${1_000_000 + i}` : null,
      tier: pick(['Gold', 'Silver', 'Bronze', null]),
      ...dirt[i % 100]?.(email),
    };
  });
}

const sqlValue = (value: Value): string =>
  value === null ? 'null' : typeof value === 'number' ? String(value) : literal(value);
const sqlRows = (rows: readonly object[]): string =>
  rows.map((row) => `(${Object.values(row).map(sqlValue).join(', ')})`).join(',\n');

/** Makes the database file: 2,000 contacts and 400 accounts, the same ones every time. */
export function makeWarehouse(path: string): Promise<void> {
  const random = seeded();
  const companies = companiesOf(random);
  const people = peopleOf(random, companies);
  // The newest version of a person stands last, as it does after an append-only load.
  const again = people.filter((_, i) => i % 67 === 20).map((row) => ({ ...row, job_title: 'Promoted' }));
  return inWarehouse(path, [
    'create schema marts',
    'create table marts.accounts (account_id varchar, company varchar, website varchar, phone varchar)',
    `insert into marts.accounts values ${sqlRows(companies.map(({ domain, ...row }) => row))}`,
    'create table marts.contacts (customer_id integer, given_name varchar, family_name varchar, work_email varchar, job_title varchar, company varchar, mobile varchar, tier varchar)',
    `insert into marts.contacts values ${sqlRows([...people, ...again])}`,
  ]);
}

/** What a day changes: some promotions, a few new people. */
export const changeWarehouse = (path: string): Promise<void> =>
  inWarehouse(path, [
    "update marts.contacts set job_title = 'Chief Data Officer' where customer_id % 100 = 42",
    "insert into marts.contacts select 90000 + i, 'New', 'Person ' || i, 'new.person' || i || '@falconlabs.com', 'Intern', 'Falcon Labs', null, 'Bronze' from range(15) t(i)",
  ]);

async function inWarehouse(path: string, statements: readonly string[]): Promise<void> {
  const work = await WorkDatabase.open({ temporaryDirectory: tmpdir() });
  try {
    await work.attachBeside(path, 'warehouse', { readOnly: false });
    const connection = await work.connect();
    for (const statement of ['use warehouse', ...statements]) await connection.run(statement);
  } finally {
    await work.close();
  }
}
