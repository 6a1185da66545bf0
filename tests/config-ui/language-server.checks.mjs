import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newFolder, root } from './environment.mjs';
import { LanguageServer } from './language-server.mjs';

const folder = newFolder();
const server = new LanguageServer();
let opened = 0;

before(async () => {
  copyFileSync(join(root, 'config.schema.json'), join(folder, 'config.schema.json'));
  await server.start(folder);
});

after(() => server.stop());

const open = (text) =>
  server.open(join(folder, `${++opened}.yaml`), `# yaml-language-server: $schema=config.schema.json\n${text}`);

async function offered(text) {
  const { at } = await open(text);
  return server.completions(at);
}

/** `line:column message`, as an editor would say it: both count from 1, and the first line names the schema. */
async function problems(text) {
  const { problems } = await open(text);
  return problems.map(({ range: { start }, message }) => `${start.line + 1}:${start.character + 1} ${message}`);
}

const labels = (items) => items.map(({ label }) => label);

const stream = 'streams:\n  - name: contacts\n    object: contacts\n';

const { properties } = JSON.parse(readFileSync(join(root, 'config.schema.json'), 'utf8'));
const modes = properties.streams.items.properties.mode.enum;
const sources = properties.source.oneOf.map((each) => each.properties.type.const);

test('an empty file is offered every key', async () => {
  assert.deepEqual(labels(await offered('|\n')), Object.keys(properties));
});

test('the credentials are offered as whole branches, each by its name', async () => {
  const found = await offered('credentials:\n  |\n');
  const oauth = found.find(({ label }) => label === 'OAuth');
  assert.match(oauth.text, /^auth_type: oauth\naccess_token: /);
  assert.match(found.find(({ label }) => label === 'API key').text, /^auth_type: api_key/);
});

test('a key with choices is offered these', async () => {
  assert.deepEqual(labels(await offered('credentials:\n  auth_type: |\n')), ['api_key', 'oauth']);
  assert.deepEqual(labels(await offered('source:\n  type: |\n')), sources);
  assert.deepEqual(labels(await offered(`${stream}    mode: |\n`)), modes);
});

test('a list is offered with its first entry, and never as empty brackets', async () => {
  const found = await offered(`${stream}    |\n`);
  assert.match(found.find(({ label }) => label === 'mapping').text, /^mapping:\n {2}- to: /);
  assert.deepEqual(
    found.filter(({ text }) => text.includes('[]')),
    [],
  );
});

test('a mistyped key is reported where it stands', async () => {
  assert.deepEqual(await problems(`${stream}    mod: upsert\n`), ['5:5 Property mod is not allowed.']);
  assert.deepEqual(await problems('stream: []\n'), ['2:1 Property stream is not allowed.']);
  assert.deepEqual(await problems('state:\n  type: none\n  pth: x\n'), ['4:3 Property pth is not allowed.']);
});

test('a missing key is reported at what lacks it', async () => {
  assert.deepEqual(await problems('credentials:\n  auth_type: oauth\n'), ['2:1 Missing property "access_token".']);
  assert.deepEqual(await problems('streams:\n  - name: contacts\n'), ['3:5 Missing property "object".']);
});

test('a wrong value is reported where it stands, with what is possible', async () => {
  const found = await problems(`${stream}    mode: upsrt\nconcurrency: 64\n`);
  assert.deepEqual(found, [
    `5:11 Value is not accepted. Valid values: ${modes.map((mode) => `"${mode}"`).join(', ')}.`,
    '6:14 Value is above the maximum of 32.',
  ]);
});

test('the documented example has no problems, and neither have the constants that YAML has types for', async () => {
  const page = readFileSync(join(root, 'docs', 'configuration.md'), 'utf8');
  const [, example] = /```yaml\n# yaml-language-server[^\n]*\n(.*?)```/s.exec(page);
  assert.deepEqual(await problems(example), []);
  const mapping = '    mapping:\n      - { to: title, constant: 5 }\n      - { to: phone, constant: true }\n';
  assert.deepEqual(await problems(`${stream}${mapping}`), []);
});

test('hovering over a key shows what it does', async () => {
  const { at } = await open(`${stream}    on_exi|sting: skip\n`);
  const shown = await server.hover(at);
  assert.match(shown, /Existing records/);
  assert.match(shown, /What happens to a record that Apollo already has/);
});
