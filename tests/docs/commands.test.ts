import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { slow } from '../support/runs.ts';
import { type Block, commandBlocks, commandsIn, isShown } from './markdown.ts';
import { type Place, scenes } from './scenes.ts';
import { inShell, run } from './shell.ts';

// A comment above a block says where its commands are run: `<!-- run: days -->` in that scene, `<!-- run -->` where the block
// before it ended, `<!-- run: days; COMMAND -->` for a block that shows output alone, and `<!-- not run: WHY -->`.
// `DOCS=write npx vitest run tests/docs` writes what the commands print into the pages.
const root = join(import.meta.dirname, '..', '..');
const isWriting = process.env['DOCS'] === 'write';
const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' });
const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...docs
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`)
    .sort(),
];
const blocks = pages.flatMap((page) => commandBlocks(page, readFileSync(join(root, page), 'utf8')));
const isRun = ({ mark }: Block) => mark?.startsWith('run') === true;
const opened: Place[] = [];

afterAll(async () => {
  for (const { folder, apollo } of opened) {
    await apollo.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

/** The folder that the last block of the page was run in, or a new one as its scene says. */
async function placeOf({ mark, page, line }: Block): Promise<Place> {
  const [, name] = /^run: (\w+)/.exec(mark!) ?? [];
  if (name === undefined) return opened.at(-1)!;
  const apollo: Emulator = await startEmulator({ plan: 'unlimited' });
  const place = { folder: mkdtempSync(join(tmpdir(), 'docs-')), apollo };
  opened.push(place);
  if (scenes[name] === undefined) throw new Error(`${page}:${line}: there is no scene ${name}.`);
  await scenes[name](place);
  return place;
}

test('every block of commands says whether it is run', () => {
  const silent = blocks.filter(({ mark }) => mark === undefined).map(({ page, line }) => `${page}:${line}`);
  expect(silent).toEqual([]);
});

test('what is not run says why, and is little', () => {
  const left = blocks.filter((block) => !isRun(block));
  expect(left.filter(({ mark }) => !/^not run: .{5}/.test(mark ?? ''))).toEqual([]);
  // Each more is a promise less that is kept by a test. What a page of a warehouse has needs that warehouse.
  const own = left.filter(({ page }) => !page.startsWith('docs/warehouses/'));
  expect(own.length).toBeLessThanOrEqual(16);
});

for (const page of new Set(blocks.filter(isRun).map((block) => block.page))) {
  const shown = blocks.filter((block) => block.page === page && isRun(block));
  test(`the commands of ${page} print what it shows`, page === 'README.md' ? {} : slow, async () => {
    const written = new Map<Block, string>();
    for (const block of shown) {
      const place = await placeOf(block);
      if (/^\w=/.test(block.text)) {
        await script(block, place);
        continue;
      }
      const printed = [];
      for (const { command, output } of commandsIn(block)) {
        const { lines, exit } = await run(inScene(command, await lastRunOf(place, command)), place.folder);
        const where = `${page}:${block.line}: $ ${command}`;
        if (output.length > 0 && !isWriting) {
          expect({ where, shown: isShown(output, lines) ? lines : output }).toEqual({ where, shown: lines });
        }
        if (output.length === 0)
          expect({ where, exit, lines: exit === 0 ? [] : lines }).toEqual({ where, exit: 0, lines: [] });
        const isKept = output.length === 0 || isShown(output, lines);
        const prompt = block.mark!.includes(';') ? [] : [`$ ${command}`];
        printed.push(...prompt, ...(isKept ? output : lines));
      }
      if (block.language !== 'sh') written.set(block, `${printed.join('\n')}\n`);
    }
    if (isWriting) write(page, written);
  });
}

/** A block that is one script, whose comments show answers. */
async function script({ page, line, text }: Block, { folder, apollo }: Place): Promise<void> {
  const { lines, exit } = await inShell(text.replaceAll('http://127.0.0.1:4010', apollo.origin), folder);
  const answers = [...text.matchAll(/^# (\{.*\})$/gm)].map(([, answer]) => answer!);
  const where = `${page}:${line}`;
  // The answers of curl follow each other in one line.
  expect({ where, exit, missing: answers.filter((answer) => !lines.join('\n').includes(answer)) }).toEqual({
    where,
    exit: 0,
    missing: [],
  });
}

/** An id of a run that a page shows stands for the last run of its scene. */
const inScene = (command: string, id: string): string => command.replace(/(--run )[0-9a-f]{8}\b/, `$1${id}`);

async function lastRunOf({ folder }: Place, command: string): Promise<string> {
  if (!/--run [0-9a-f]{8}\b/.test(command)) return '';
  const { lines } = await run('destination-apollo history --config sync.yaml --limit 1', folder);
  return lines[1]!.split(' ')[0]!;
}

function write(page: string, written: ReadonlyMap<Block, string>): void {
  const path = join(root, page);
  let text = readFileSync(path, 'utf8');
  for (const [{ at, text: old }, printed] of [...written].reverse()) {
    text = text.slice(0, at) + printed + text.slice(at + old.length);
  }
  writeFileSync(path, text);
}
