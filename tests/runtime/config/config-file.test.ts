import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { interpolate, parseKeys, readCatalogFile } from '../../../runtime/config/config-file.ts';
import { ConfigFailure } from '../../../runtime/contract/failure.ts';
import { readConfigFile } from '../../support/config-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'config-file-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: string | Uint8Array, name = 'file'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

const parse = (text: string) => parseKeys(text, 'file');
const variable = (name: string) => `\${${name}}`;

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigFailure);
    expect((error as ConfigFailure).code).toBe('invalid_config');
    return (error as Error).message;
  }
  return 'no failure';
}

describe('a file', () => {
  it.each([
    ['JSON', '{"a": [1, "x"]}'],
    ['JSON after a byte order mark', '\uFEFF{"a": [1, "x"]}'],
    ['JSON after blank lines', ' \r\n\t{\n"a": [1, "x"]}'],
    ['YAML', 'a:\n  - 1\n  - x\n'],
    ['YAML with a comment and a document start', '# {"a": 1}\n---\na: [1, x]\n'],
    ['YAML in braces', '{ a: [1, x] }'],
    ['YAML with quoted keys in braces', "{ 'a': [1, x], }"],
    ['YAML with CRLF', 'a:\r\n  - 1\r\n  - x\r\n'],
    ['YAML with an anchor', 'a: [&one 1, x]\n'],
  ])('is told by its content, never by its name: %s', async (_, content) => {
    for (const name of ['f.txt', 'f.json', 'f.yaml']) {
      const path = await fileOf(content, name);
      expect(await readCatalogFile(path)).toEqual({ a: [1, 'x'] });
      expect(await readConfigFile(path, {})).toEqual({ a: [1, 'x'] });
    }
  });

  it('says the same in JSON and in YAML', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (value) => {
        const keys = JSON.parse(JSON.stringify(value)) as object;
        expect(parse(JSON.stringify(keys))).toEqual(keys);
        if (Object.keys(keys).length > 0) expect(parse(stringify(keys))).toEqual(keys);
      }),
    );
  });

  it.each([
    ['a missing one', 'gone', 'does not exist'],
    ['a directory', '.', 'is a directory'],
    ['a file as a folder', 'file/x', 'does not exist'],
  ])('that cannot be read is named: %s', async (_, name, reason) => {
    await fileOf('{}');
    const path = join(folder, name);
    await expect(readConfigFile(path, {})).rejects.toThrow(new RegExp(`^The configuration file .* ${reason}$`));
    await expect(readCatalogFile(path)).rejects.toThrow(new RegExp(`^The catalog file .* ${reason}$`));
  });

  it('that is the standard input is refused', async () => {
    await expect(readConfigFile('-', {})).rejects.toThrow('standard input');
  });

  it('that is not UTF-8 is refused', async () => {
    const path = await fileOf(new Uint8Array([0x61, 0x3a, 0x20, 0xff]));
    await expect(readConfigFile(path, {})).rejects.toThrow(/is not UTF-8 text$/);
  });

  it.each<[string, string]>([
    ['', 'The file is empty'],
    [' \n\uFEFF ', 'The file is empty'],
    ['# only a comment', 'The file holds nothing; expected keys and values'],
    ['[1]', 'The file holds a list; expected keys and values'],
    ['- a', 'The file holds a list; expected keys and values'],
    ['canary', 'The file holds a single string; expected keys and values'],
    [
      '{"a": 1,\n "b": {"a": 1, "canary": 2, "\\u0063anary": 3}}',
      'The file has the key "canary" twice, again in line 2, column 29',
    ],
    ['a: 1\nb: 2\na: 3', 'The file has a key twice in line 3, column 1'],
    ['a:\n\t- canary', 'The file is indented with a tab; YAML allows spaces only in line 2, column 1'],
    ['a: [canary, 2', 'The file is wrongly indented, or a bracket is not closed in line 1, column 14'],
    [
      'a: canary: 2',
      'The file has a second colon, or is wrongly indented; quote a value that contains a colon in line 1, column 4',
    ],
    ['a: @canary', 'The file has a value that begins with a reserved character; quote it in line 1, column 4'],
    ['a: 1\n---\nb: canary', 'The file holds more than one YAML document; expected one in line 2, column 1'],
    ['a: *canary', 'The file has an alias (*name) without an anchor (&name) before it, or too many aliases'],
    [
      'x: 1\na: !!js/function "canary"',
      'The file uses a YAML tag in line 2, column 18; tags are not supported, write the plain value',
    ],
    [
      'a: !!binary Y2FuYXJ5',
      'The file uses a YAML tag in line 1, column 13; tags are not supported, write the plain value',
    ],
  ])('that is wrong is refused with its place: %j', (text, message) => {
    expect(messageOf(() => parse(text))).toBe(message);
  });

  it('that begins as JSON is not made sense of as YAML', () => {
    expect(messageOf(() => parse('{"a": "canary"\n "b": 2}'))).toMatch(
      /^The file is not valid JSON in line 2, column 2$/,
    );
    expect(messageOf(() => parse('{"a": "canary"'))).toMatch(/^The file is not valid JSON/);
    expect(messageOf(() => parse('{"a": canary}'))).toMatch(/^The file is not valid JSON/);
  });

  it('keeps plain values plain, whatever version of YAML it claims to be', () => {
    expect(parse('%YAML 1.1\n---\na: yes\nb: 2024-01-01\nc: 010')).toEqual({ a: 'yes', b: '2024-01-01', c: 10 });
  });

  it('cannot make a huge value of a few aliases', () => {
    const levels = Array.from(
      { length: 12 },
      (_, i) => `l${i + 1}: &l${i + 1} [${Array(9).fill(`*l${i}`).join(', ')}]`,
    );
    expect(messageOf(() => parse(`l0: &l0 [x]\n${levels.join('\n')}`))).toContain('too many aliases');
  });

  it('is refused without any of its values in the message, wherever it is cut off', () => {
    const texts = [
      JSON.stringify({ api_key: 'canary-canary', list: ['canary-canary'] }),
      'api_key: "canary-canary"\nlist: [canary-canary]',
    ];
    for (const text of texts) {
      for (let end = 0; end < text.length; end++)
        expect(messageOf(() => parse(text.slice(0, end)))).not.toMatch(/cana/);
    }
  });
});

describe('environment variables', () => {
  const environment = { NAME: 'value', EMPTY: '', NESTED: variable('NAME'), DOLLARS: '$&$1' };

  it('stand in the place of their names, everywhere but in keys, once', () => {
    const keys = {
      [variable('NAME')]: `a ${variable('NAME')}${variable('NAME')} b`,
      list: [variable('EMPTY'), { deep: variable('NESTED') }, variable('DOLLARS')],
      other: ['$NAME', '$', '{NAME}', 5, null, true],
    };
    expect(interpolate(keys, environment)).toEqual({
      [variable('NAME')]: 'a valuevalue b',
      list: ['', { deep: variable('NAME') }, '$&$1'],
      other: ['$NAME', '$', '{NAME}', 5, null, true],
    });
  });

  it('do not stand in the place of an escaped name', () => {
    expect(interpolate({ a: `$${variable('NAME')} ${variable('NAME')}` }, environment)).toEqual({
      a: `${variable('NAME')} value`,
    });
  });

  it('that are not set are all named, with their keys', () => {
    const keys = { a: [{ b: variable('GONE') }], c: `x ${variable('NAME')} ${variable('LOST')}` };
    expect(messageOf(() => interpolate(keys, environment))).toBe(
      'a[0].b: the environment variable GONE is not set\nc: the environment variable LOST is not set',
    );
  });

  it.each(['{', '{}', '{NAME', '{1X}', '{NAME:-x}', '{ NAME }'])(
    'with a name that is none are refused: $%s',
    (text) => {
      expect(messageOf(() => interpolate({ a: `$${text}` }, environment))).toMatch(
        /^a: expected the name of an environment variable/,
      );
    },
  );

  it('are put into a configuration, and not into a catalog', async () => {
    const path = await fileOf(`a: ${variable('NAME')}`);
    expect(await readConfigFile(path, environment)).toEqual({ a: 'value' });
    expect(await readCatalogFile(path)).toEqual({ a: variable('NAME') });
  });

  it('of the prototype are not environment variables', () => {
    expect(messageOf(() => interpolate({ a: variable('constructor') }, {}))).toContain('constructor is not set');
  });
});
