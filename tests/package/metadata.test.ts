import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { catalogOperations } from '../../catalog/catalog.ts';
import { contacts } from '../../catalog/contact.ts';
import { specification } from '../../spec/specification.ts';

// What Airbyte's checks of connectors ask for: airbytehq/airbyte, airbyte-ci/connectors/connectors_qa (assets, documentation,
// metadata, version) and metadata_service's validators, 2026-11. Its schema of the file is checked by `npm run test:pyairbyte`.
const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { data } = parse(read('metadata.yaml')) as { data: Metadata };
const page = read(pathOf(data.documentationUrl));

interface Metadata {
  readonly name: string;
  readonly icon: string;
  readonly definitionId: string;
  readonly connectorType: string;
  readonly dockerRepository: string;
  readonly dockerImageTag: string;
  readonly documentationUrl: string;
  readonly githubIssueLabel: string;
  readonly license: string;
  readonly tags: readonly string[];
  readonly allowedHosts: { readonly hosts: readonly string[] };
  readonly supportsDataActivation: boolean;
}

/** Airbyte finds a connector's page in its repository by the address that the page will have. */
function pathOf(documentationUrl: string): string {
  return `${documentationUrl.replace('https://docs.airbyte.com', 'docs')}.md`;
}

test('the metadata say what package, license and image say', () => {
  const { name, version, license } = JSON.parse(read('package.json')) as Record<string, string>;
  const dockerfile = read('Dockerfile');
  expect(data).toMatchObject({
    connectorType: 'destination',
    dockerRepository: name,
    dockerImageTag: version,
    githubIssueLabel: name,
    license,
    allowedHosts: { hosts: ['api.apollo.io'] },
  });
  expect(dockerfile).toContain(`ARG VERSION=${version}`);
  expect(dockerfile).toContain(`io.airbyte.name="${name}"`);
  expect(read('LICENSE')).toMatch(/^MIT License/);
});

test('ids, tags and version have the form that the registry takes', () => {
  expect(data.definitionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(data.dockerImageTag).toMatch(/^\d+\.\d+\.\d+$/);
  expect(data.tags.filter((tag) => !/^[a-z]+:[a-z-]+$/.test(tag))).toEqual([]);
  expect(data.tags.filter((tag) => tag.startsWith('language:'))).toHaveLength(1);
});

test('the icon is a square SVG of our own at the root', () => {
  expect(data.icon).toBe('icon.svg');
  const [, width, height] = /<svg [^>]*width="(\d+)" height="(\d+)"/.exec(read(data.icon))!;
  expect(width).toBe(height);
  expect(read(data.icon)).not.toContain('http://www.w3.org/1999/xlink');
});

test('the page has the headings that Airbyte wants, in its order', () => {
  const wanted = [
    `# ${data.name}`,
    '## Prerequisites',
    '## Setup guide',
    `## Set up ${data.name}`,
    `## Set up the ${data.name} connector in Airbyte`,
    '## Supported sync modes',
    '## Supported Streams',
    '### Performance considerations',
    '## Data type map',
    '## Limitations & Troubleshooting',
    '## Changelog',
  ];
  const headings = page.split('\n').filter((line) => /^#+ /.test(line));
  expect(headings.filter((line) => wanted.includes(line))).toEqual(wanted);
  expect(page.startsWith(`---\ndockerRepository: ${data.dockerRepository}\n---\n`)).toBe(true);
});

test('its changelog has the version', () => {
  const changelog = page.slice(page.indexOf('## Changelog'));
  expect(changelog).toContain('<summary>Expand to review</summary>');
  expect(changelog).toContain(`\n| ${data.dockerImageTag} |`);
});

test('its tables of modes say what spec and discover say', () => {
  const answers = new Map(
    [...page.matchAll(/^\| \[?([^|\]]+?)(?:\]\([^)]*\))? \| (Yes|No) \|/gm)].map(([, mode, answer]) => [mode, answer]),
  );
  const modes = specification().supported_destination_sync_modes;
  const yes = (is: boolean) => (is ? 'Yes' : 'No');
  const offered: readonly string[] = catalogOperations([{ object: contacts, fields: contacts.fields }]).map(
    ({ sync_mode }) => sync_mode,
  );
  expect(Object.fromEntries(answers)).toEqual({
    'Full Refresh - Overwrite': yes(modes.includes('overwrite')),
    'Full Refresh - Append': yes(modes.includes('append')),
    // No mode of the protocol that is known here stands for it.
    'Full Refresh - Overwrite + Deduped': 'No',
    'Incremental Sync - Append': yes(modes.includes('append')),
    'Incremental Sync - Append + Deduped': yes(modes.includes('append_dedup')),
    Insert: yes(offered.includes('append')),
    Upsert: yes(offered.includes('append_dedup')),
    Update: yes(offered.includes('update')),
    'Soft delete': yes(offered.includes('soft_delete')),
  });
});

test('what data activation needs is said', () => {
  expect(data.supportsDataActivation).toBe(true);
});
