import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseKeys } from '../../../runtime/config/config-file.ts';

const config = `source:
  type: duckdb
  database: w.duckdb
streams:
  - name: contacts
    table: people
    on_removed:
      set_field:
        to: title
        value: gone
    mapping:
      - { to: email, from: mail }
      - { to: title, from: job }
  - name: companies
    table: firms
limits:
  max_calls: 10
`.split('\n');

const failing = (lines: readonly string[]): string => {
  try {
    parseKeys(lines.join('\n'), 'configuration file x');
    return '';
  } catch (error) {
    return (error as Error).message;
  }
};

it.each([
  ['a key of a list entry', 6, 1, 'line 6, column 4: 1 space too few'],
  ['a key of a map', 3, 1, 'line 3, column 2: 1 space too few'],
  ['a deep key', 10, 1, 'line 10, column 8: 1 space too few'],
  ['the second entry of a list', 13, 1, 'line 13, column 6: 1 space too few'],
])('a space too few before %s is called so', (_, line, spaces, where) => {
  const lines = config.map((text, index) => (index === line - 1 ? text.slice(spaces) : text));
  expect(failing(lines)).toBe(`The configuration file x is wrongly indented in ${where}`);
});

it('a space too many is called so as well', () => {
  const lines = config.map((text, index) => (index === 2 ? ` ${text}` : text));
  expect(failing(lines)).toBe('The configuration file x is wrongly indented in line 3, column 4: 1 space too many');
});

it('what is no slip of indentation is called what it is', () => {
  expect(failing(['a: b: c'])).toMatch(/has a second colon/);
  expect(failing(['a: [1, 2', 'b: 1'])).toMatch(/bracket/);
});

it('wherever a space is missing, the file is either taken or the line is named', () => {
  const indented = config.map((text, index) => [text, index] as const).filter(([text]) => text.startsWith(' '));
  fc.assert(
    fc.property(fc.constantFrom(...indented), ([, index]) => {
      const message = failing(config.map((text, at) => (at === index ? text.slice(1) : text)));
      // Some of the slips are YAML of another meaning: their keys are refused later, by name.
      if (message !== '') expect(message).toMatch(new RegExp(`wrongly indented in line (${index + 1}|${index + 2}),`));
    }),
  );
});
