import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** A package of somebody else that comes with this one. */
export interface ThirdParty {
  readonly name: string;
  readonly version: string;
  /** As its manifest says it, in the words of SPDX. */
  readonly license: string;
  /** The text that it comes with; absent where it has none. */
  readonly text: string | undefined;
  /** Where it comes from. */
  readonly homepage: string | undefined;
}

const root = join(import.meta.dirname, '..');
const entries = ['connector/main.ts', ...['index', 'cdk', 'emulator', 'testing'].map((name) => `library/${name}.ts`)];

/** The packages whose code is in the bundles, as the bundler sees it, and those that are installed with them. Sorted by name. */
export async function thirdParties(): Promise<readonly ThirdParty[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    mainFields: ['module', 'main'],
    external: ['@duckdb/node-bindings*'],
    write: false,
    metafile: true,
    logLevel: 'error',
  });
  const bundled = Object.keys(metafile.inputs).flatMap((path) => {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    return folder === undefined ? [] : [folder];
  });
  return [...new Set([...bundled, ...installed()])]
    .map(thirdParty)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** The folders of what the lock file installs for somebody who takes the package. That of other platforms may be missing here. */
function installed(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Locked };
  return Object.entries(packages)
    .filter(([path, { dev, optional }]) => path !== '' && !dev && !optional)
    .map(([path]) => path);
}

type Locked = Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;

function thirdParty(folder: string): ThirdParty {
  const read = (name: string): string => readFileSync(join(root, folder, name), 'utf8');
  const manifest = JSON.parse(read('package.json')) as {
    readonly name: string;
    readonly version: string;
    readonly license: string;
    readonly homepage?: string;
  };
  const { name, version, license, homepage } = manifest;
  const files = existsSync(join(root, folder)) ? readdirSync(join(root, folder)) : [];
  const texts = files.filter((file) => /^(licen[cs]e|notice|copying)(\.|$)/i.test(file)).sort();
  const text =
    texts.length === 0 ? sectionOfReadme(folder, files) : texts.map((file) => plainText(read(file))).join('\n\n');
  return { name, version, license, homepage, text };
}

/** Some packages have the text of their licence at the end of what one reads first. */
function sectionOfReadme(folder: string, files: readonly string[]): string | undefined {
  const readme = files.find((file) => /^readme\.md$/i.test(file));
  const [, text] =
    readme === undefined
      ? []
      : (/^#+ licen[cs]e\s*$([\s\S]*)/im.exec(readFileSync(join(root, folder, readme), 'utf8')) ?? []);
  return text === undefined ? undefined : plainText(text);
}

const plainText = (text: string): string =>
  text
    .replaceAll('\r', '')
    .replace(/[ \t]+$/gm, '')
    .trim();

/** Data and code in packages that is of others again. */
const within = [
  '- `tldts` holds the Public Suffix List of the Mozilla Foundation and its contributors, https://publicsuffix.org, under the Mozilla Public',
  '  License 2.0, https://mozilla.org/MPL/2.0/.',
  "- `libphonenumber-js` holds numbering plans of Google's libphonenumber, https://github.com/google/libphonenumber, under the Apache",
  '  License 2.0.',
  '- `undici` holds code of `formdata-polyfill`, by Jimmy Wärting, and of `ws`, by Einar Otto Stangvik, both under the MIT License.',
];

/** The page that goes with the package. Throws where a package comes without the text of its licence. */
export function notices(parties: readonly ThirdParty[]): string {
  const table = parties.map(({ name, version, license }) => `| ${name} | ${version} | ${license} |`);
  return [
    '# Third-party notices',
    'What is bundled into this package, and what is installed with it. `npx tsx scripts/notices.ts` writes this page; a test holds it to the\nbundles.',
    ['| package | version | license |', '| --- | --- | --- |', ...table].join('\n'),
    'Data and code of others in them:',
    within.join('\n'),
    ...parties.flatMap(section),
  ].join('\n\n');
}

function section({ name, version, homepage, text }: ThirdParty): readonly string[] {
  if (text === undefined) throw new Error(`${name} ${version} comes without the text of its licence.`);
  return [`## ${name} ${version}`, ...(homepage === undefined ? [] : [homepage]), `\`\`\`text\n${text}\n\`\`\``];
}
