import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { demo } from '../../../connector/demo/demo.ts';
import { run } from '../../docs/shell.ts';
import { slow } from '../../support/runs.ts';

let place: string;
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'demo-'));
});
afterEach(() => rmSync(place, { recursive: true }));

interface Shown {
  readonly exit: number;
  readonly texts: readonly string[];
  readonly printed: readonly string[];
}

async function shown(folder: string, signal = new AbortController().signal): Promise<Shown> {
  const texts: string[] = [];
  const printed: string[] = [];
  const exit = await demo({
    folder,
    signal,
    text: async (text) => void texts.push(text),
    perform: async (argv) => {
      const { lines, exit: code } = await run(`destination-apollo ${argv.join(' ')}`, place);
      printed.push(...lines);
      return code;
    },
  });
  return { exit, texts, printed };
}

test('runs to its end, every row accounted for, and again in the folder that it has made', slow, async () => {
  const folder = join(place, 'demo');
  const { exit, texts, printed } = await shown(folder);
  expect(exit).toBe(0);
  const held = /^([\d,]+) contacts and ([\d,]+) accounts\.$/m.exec(texts.join('\n'))!;
  const counts = outcomesIn(printed);
  const created = (name: string) => sumOf(counts.filter(([one]) => one === name).map(([, , one]) => one));
  expect([number(held[1]), number(held[2])]).toEqual([created('contacts'), created('accounts')]);
  expect(number(held[1])).toBeGreaterThan(1900);
  for (const [, read, ...outcomes] of counts) expect(sumOf(outcomes)).toBe(number(read));
  expect(readFileSync(join(folder, 'rejects.jsonl'), 'utf8')).toContain(texts.at(-2));

  writeFileSync(join(folder, 'rejects.jsonl'), 'old\n');
  expect(await shown(folder, AbortSignal.abort())).toMatchObject({ exit: 1, printed: [] });
  expect(existsSync(join(folder, 'rejects.jsonl'))).toBe(false);
});

/** The rows of the tables of outcomes: a stream, rows read, and each outcome. */
const outcomesIn = (printed: readonly string[]): readonly (readonly string[])[] =>
  printed
    .flatMap((line, at) => (/^stream +read +created/.test(line) ? printed.slice(at + 1, at + 3) : []))
    .map((line) => line.trim().split(/\s+/));

const sumOf = (texts: readonly (string | undefined)[]): number => texts.reduce((sum, text) => sum + number(text), 0);
const number = (text: string | undefined): number => Number(text?.replaceAll(',', ''));

test('a folder with files of others is left as it is', async () => {
  writeFileSync(join(place, 'warehouse.duckdb'), 'mine');
  await expect(shown(place)).rejects.toMatchObject({ code: 'invalid_usage' });
  writeFileSync(join(place, 'sync.yaml'), 'streams: []\n');
  await expect(shown(place)).rejects.toThrow('not of a demo');
  expect(readFileSync(join(place, 'warehouse.duckdb'), 'utf8')).toBe('mine');
});
