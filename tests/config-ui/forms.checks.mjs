import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { buildPages, drawers, schemas } from './build.mjs';
import { apiKey, makeWarehouse, newFolder, root, run, startEmulator } from './environment.mjs';
import { filledOf, hands, namesOn } from './forms.mjs';
import { serve } from './serve.mjs';

const flags = ['headless', 'no-sandbox', 'disable-gpu', 'no-first-run', 'disable-background-networking'];
const quiet = ['disable-component-update', 'disable-sync', 'disable-dev-shm-usage'];

const folder = newFolder();
const pictures = process.env.CONFIG_UI_PICTURES ?? join(folder, 'pictures');
const schemaOf = {
  // What `spec` prints, and what editors read.
  spec: JSON.parse(await readFile(join(root, 'tests/golden/spec.json'), 'utf8')).connectionSpecification,
  editor: JSON.parse(await readFile(join(root, 'config.schema.json'), 'utf8')),
};
let server;
let browser;
let emulator;
let database;

before(async () => {
  await Promise.all([buildPages(folder, schemaOf), mkdir(pictures, { recursive: true })]);
  server = await serve(folder);
  browser = await chromium.launch({
    executablePath: process.env.CONFIG_UI_CHROMIUM ?? '/usr/bin/chromium',
    args: [...flags, ...quiet].map((flag) => `--${flag}`),
  });
  [emulator, database] = await Promise.all([startEmulator(), makeWarehouse(folder)]);
});

after(async () => {
  await browser?.close();
  server?.close();
  emulator?.stop();
});

async function open(drawer, schema) {
  const page = await browser.newPage({ viewport: { width: 900, height: 900 } });
  page.setDefaultTimeout(60_000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${server.url}/${drawer}-${schema}/page.html`);
  await page.waitForSelector('#form input');
  return { page, hand: hands[drawer](page), errors };
}

/** Titles of everything that is drawn while the first of each choice stands: keys, their choices, and entries of lists. */
function titlesIn(schema, isChoiceShown, isOpen = () => true) {
  const { properties = {}, oneOf, anyOf, items, title } = schema;
  const choices = oneOf ?? anyOf;
  const inside = [...Object.values(properties), ...(choices === undefined ? [] : [choices[0]])];
  const listed = items?.type === 'object' && isOpen(title) ? Object.values(items.properties) : [];
  const own = choices !== undefined && !isChoiceShown ? [] : [title];
  return [...own, ...[...inside, ...listed].flatMap((each) => titlesIn(each, isChoiceShown, isOpen))];
}

/** Lists of a source, which stay closed in JSON Forms. */
const ofSource = ['Extensions', 'Secrets', 'Attached databases'];

/** The one difference between what the two libraries draw of a choice. */
const drawsHeadings = { rjsf: true, 'json-forms': false };

for (const drawer of drawers) {
  for (const schema of schemas) {
    test(`${drawer}, schema for ${schema}: every field has its label, and every choice its name`, async () => {
      const { page, hand, errors } = await open(drawer, schema);
      await hand.addStream();
      await hand.addMapping();
      await hand.openLists();
      const { inputs, texts } = await namesOn(page);
      const names = new Set([...inputs.map(({ name }) => name), ...texts]);
      const titles = Object.values(schemaOf[schema].properties).flatMap((each) =>
        titlesIn(each, drawsHeadings[drawer], drawer === 'rjsf' ? undefined : (title) => !ofSource.includes(title)),
      );
      assert.deepEqual(
        titles.filter((title) => ![...names].some((name) => name.startsWith(title))),
        [],
      );
      assert.deepEqual(
        inputs.filter(({ name }) => name === ''),
        [],
      );
      assert.deepEqual(errors, []);
      await page.close();
    });

    test(`${drawer}, schema for ${schema}: secrets are masked, in either way to authenticate`, async () => {
      const { page, hand } = await open(drawer, schema);
      const typeOf = async (label) => (await namesOn(page)).inputs.find(({ name }) => name === label)?.type;
      assert.equal(await typeOf('API key'), 'password');
      await hand.choose('OAuth', 'API key');
      assert.equal(await typeOf('Access token'), 'password');
      await hand.fill('Access token', 'token');
      const { config } = await filledOf(page);
      assert.deepEqual(config.credentials, { auth_type: 'oauth', access_token: 'token' });
      await page.close();
    });

    test(`${drawer}, schema for ${schema}: the mapping is a list that can be edited`, async () => {
      const { page, hand } = await open(drawer, schema);
      await hand.addStream();
      for (const [at, entry] of mapping.entries()) {
        await hand.addMapping();
        await hand.fillMapping(at, entry);
      }
      await hand.removeMapping(1);
      const { config } = await filledOf(page);
      const rest = mapping.filter((_, at) => at !== 1);
      assert.deepEqual(config.streams[0].mapping, rest.map(entryOf));
      await page.close();
    });

    test(`${drawer}, schema for ${schema}: what is filled in is a configuration that works`, async () => {
      const { page, hand, errors } = await open(drawer, schema);
      await fillIn(hand, schema);
      const { config, errors: faults } = await filledOf(page);
      await page.screenshot({ path: join(pictures, `${drawer}-${schema}.png`), fullPage: true });
      assert.deepEqual({ errors, faults }, { errors: [], faults: [] });
      assert.deepEqual(config.streams[0].mapping, mapping.map(entryOf));
      await works(config, schema, `${drawer}-${schema}`);
      await page.close();
    });
  }
}

const mapping = [
  { Field: 'email', Column: 'work_email' },
  { Field: 'first_name', Column: 'given_name' },
  { Field: 'custom:Customer Tier', Column: 'tier' },
  { Field: 'organization_name', Constant: 'Acme' },
];

const entryOf = ({ Field: to, Column: from, Constant: constant }) => ({
  to,
  ...(from !== undefined && { from }),
  ...(constant !== undefined && { constant }),
});

async function fillIn(hand, schema) {
  await hand.fill('API key', apiKey);
  await hand.fill('API base URL', emulator.url);
  if (schema === 'editor') await hand.fill('Database file', database);
  await hand.addStream();
  await hand.fill('Name', 'people');
  if (schema === 'editor') await hand.fill('Table', 'marts.people');
  await hand.pick('Object', 'contacts');
  await hand.fill('Primary key', 'customer_id');
  for (const [at, entry] of mapping.entries()) {
    await hand.addMapping();
    await hand.fillMapping(at, entry);
  }
  await hand.fill('Rejects file', join(folder, 'rejects.jsonl'));
}

/** Our own commands on it: `check` as Airbyte calls it, and with the schema that has a source, `sync`. */
async function works(filled, schema, name) {
  const path = join(folder, `${name}.json`);
  const config = schema === 'editor' ? { ...filled, state: { type: 'none' } } : filled;
  await writeFile(path, JSON.stringify(config));
  const check = run(['check', '--config', path]);
  assert.equal(check.said.connectionStatus?.status, 'SUCCEEDED', JSON.stringify(check));
  if (schema === 'spec') return;
  const sync = run(['sync', '--config', path, '--stream', 'people', '--output', 'json']);
  const { read, created, updated, unchanged } = sync.said.streams?.[0] ?? {};
  assert.deepEqual(
    [sync.status, read, (created ?? 0) + (updated ?? 0) + (unchanged ?? 0)],
    [0, 3, 3],
    JSON.stringify(sync),
  );
}
