import { isPlainAscii } from './clean-text.ts';

/** What a value is, for messages: its kind and size, never the value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (typeof value === 'string') return `text of ${count([...value].length, 'character')}`;
  if (Array.isArray(value)) return `a list of ${count(value.length, 'entry', 'entries')}`;
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}

const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** Why a text cannot be sent, or undefined. Tabs and line ends are fine. */
export function textProblem(text: string): string | undefined {
  if (isPlainAscii(text)) return undefined;
  if (forbidden.test(text)) return 'it holds a control character';
  if (/\p{Surrogate}/u.test(text)) return 'it is not well-formed Unicode (half a surrogate pair)';
  return undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** The trimmed text of a string, number or boolean; undefined for everything else. */
export function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value.trim();
  // A whole number that is exact has neither exponent nor point: no need to look for them.
  if (typeof value === 'boolean' || typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  return typeof value === 'number' && Number.isFinite(value) ? plainDecimal(String(value)) : undefined;
}

/** A decimal number without exponent, leading or trailing zeros, and without loss; undefined if it is not one. */
export function plainDecimal(text: string): string | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?$/i.exec(text.trim());
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match ?? [];
  const digits = whole + fraction;
  if (match === null || digits === '') return undefined;
  const point = whole.length + Number(exponent);
  const padded = digits.padStart(digits.length + Math.max(0, -point), '0').padEnd(Math.max(point, digits.length), '0');
  const at = Math.max(point, 0);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, '') || '0';
  const rest = padded.slice(at).replace(/0+$/, '');
  const plain = rest === '' ? integer : `${integer}.${rest}`;
  return sign === '-' && plain !== '0' ? `-${plain}` : plain;
}

/** The entries of a list: of an array, of JSON text of one, or of text separated by `;`, or `,` where no `;` stands. */
export function entriesOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string') return [value];
  const parsed = value.trim().startsWith('[') ? jsonArray(value) : undefined;
  return parsed ?? value.split(value.includes(';') ? ';' : ',');
}

function jsonArray(text: string): readonly unknown[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Trimmed texts, each once, blank ones left out. */
export const plainList = (texts: readonly string[]): readonly string[] => [
  ...new Set(texts.map((text) => text.trim()).filter((text) => text !== '')),
];
