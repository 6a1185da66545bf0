import { readFile } from 'node:fs/promises';
import { isNode, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import { ConfigFailure } from '../contract/failure.ts';
import { credentialsIn, mayBeSecret } from './credentials.ts';
import { indentationSlip, slipText } from './indentation.ts';
import { repeatedKey } from './json-keys.ts';

/** A file's content: keys and what they say. */
export type Keys = Readonly<Record<string, unknown>>;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads a configuration in JSON or YAML as it is written. */
export const readConfigKeys = (path: string): Promise<Keys> => readKeys(path, 'configuration');

/** The value that a text stands for where a configuration has it: a number, true, null, a list, or the text itself. */
export function scalarOf(text: string): unknown {
  const document = parseDocument(text, { schema: 'core', version: '1.2', logLevel: 'silent' });
  return text === '' || document.errors.length > 0 ? text : document.toJS();
}

/** Reads a catalog in JSON or YAML, as it is: its names and schemas are another program's. */
export const readCatalogFile = (path: string): Promise<Keys> => readKeys(path, 'catalog');

type Kind = 'configuration' | 'catalog';

async function readKeys(path: string, kind: Kind): Promise<Keys> {
  // The standard input carries rows.
  if (path === '-') throw failure(`The ${kind} cannot be read from the standard input; give a file`);
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const reason = UNREADABLE[cause.code ?? ''] ?? `cannot be read (${cause.code ?? 'unknown cause'})`;
    throw failure(`The ${kind} file ${path} ${reason}`, cause);
  });
  return parseKeys(decode(bytes, `${kind} file ${path}`), `${kind} file ${path}`);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a directory',
  EACCES: 'may not be read by this user',
};

function decode(bytes: Uint8Array, subject: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw failure(`The ${subject} is not UTF-8 text`);
  }
}

/**
 * Keys of a text in JSON or YAML, distinguished by content alone. Errors name line and column and never show the text,
 * which may hold secrets. `subject` names the text in messages.
 */
export function parseKeys(text: string, subject: string): Keys {
  const content = text.replace(/^\uFEFF/, '');
  if (content.trim() === '') throw failure(`The ${subject} is empty`);
  const value = parseJson(content, subject) ?? parseYaml(content, subject);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw failure(`The ${subject} holds ${value === null ? 'nothing' : nameOf(value)}; expected keys and values`);
  }
  return value as Keys;
}

const nameOf = (value: unknown): string => (Array.isArray(value) ? 'a list' : `a single ${typeof value}`);

// `{"` begins JSON, and hardly ever YAML; such a text must be right as JSON, for YAML would make sense of a missing comma.
const JSON_START = /^\s*(\{\s*["}]|\[)/;

function parseJson(text: string, subject: string): unknown {
  if (!JSON_START.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8 names the position at the end of the message, after words that may show the text.
    const offset = /at position (\d+)/.exec((error as Error).message)?.[1];
    const where = offset === undefined ? ' (it may end too early)' : ` in ${placeOf(text, Number(offset))}`;
    throw failure(`The ${subject} is not valid JSON${where}`);
  }
  const repeated = repeatedKey(text);
  if (repeated !== undefined) {
    throw failure(`The ${subject} has the key "${repeated.key}" twice, again in ${placeOf(text, repeated.offset)}`);
  }
  return value;
}

function parseYaml(text: string, subject: string): unknown {
  const lines = new LineCounter();
  // The core schema knows no tags that would make anything but plain values; a %YAML directive cannot widen it.
  const document = parseDocument(text, {
    schema: 'core',
    version: '1.2',
    prettyErrors: false,
    lineCounter: lines,
    logLevel: 'error',
  });
  const [error] = document.errors;
  const slip = indentationSlip(document.errors, text);
  if (slip !== undefined) throw failure(`The ${subject} ${slipText(slip)}`);
  if (error !== undefined) throw failure(`The ${subject} ${reasonOf(error)} in ${place(lines.linePos(error.pos[0]))}`);
  refuseTags(document, subject, lines);
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    throw failure(`The ${subject} has an alias (*name) without an anchor (&name) before it, or too many aliases`);
  }
}

function refuseTags(document: Parameters<typeof visit>[0], subject: string, lines: LineCounter): void {
  visit(document, (_, node) => {
    if (!isNode(node) || !('tag' in node) || node.tag === undefined) return;
    const where = node.range ? ` in ${place(lines.linePos(node.range[0]))}` : '';
    throw failure(`The ${subject} uses a YAML tag${where}; tags are not supported, write the plain value`);
  });
}

// The parser's own messages may show the text.
const reasonOf = ({ code }: YAMLError): string => REASONS[code] ?? 'is not valid YAML';

const REASONS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: 'has a key twice',
  TAB_AS_INDENT: 'is indented with a tab; YAML allows spaces only',
  BAD_INDENT: 'is wrongly indented, or a bracket is not closed',
  MISSING_CHAR: 'lacks a closing quote or bracket, or a comma',
  MULTIPLE_DOCS: 'holds more than one YAML document; expected one',
  BLOCK_AS_IMPLICIT_KEY: 'has a second colon, or is wrongly indented; quote a value that contains a colon',
  BAD_SCALAR_START: 'has a value that begins with a reserved character; quote it',
  BAD_DQ_ESCAPE: 'has an unknown escape in double quotes; use single quotes',
};

/**
 * `value` with environment variables in the place of `${NAME}`; `$${` stands for a plain `${`. Keys are left alone. `hide` gets
 * of what came from the environment into a source or a query, and of the credentials in them.
 */
export function interpolate(value: Keys, environment: Environment, hide: (secret: string) => void = () => {}): Keys {
  const problems: string[] = [];
  const result = walk(value, '', (text, path) => {
    const isOfRows = /^source\b|(^|\.)query$/.test(path);
    const whole = text.replaceAll(/\$\$\{|\$\{([^}]*)\}?/g, (found, name: string | undefined) => {
      if (found === '$${') return '${';
      const problem = problemOf(found, name ?? '', environment);
      if (problem !== undefined) problems.push(`${path}: ${problem}`);
      const received = problem === undefined ? environment[name ?? '']! : found;
      if (isOfRows && mayBeSecret(received, 'variable')) hide(received);
      return received;
    });
    if (isOfRows) hideCredentials(whole, hide);
    return whole;
  });
  if (problems.length > 0) throw failure(problems.join('\n'));
  return result as Keys;
}

/** Tells of the passwords and tokens in the text of a source or a query. */
export function hideCredentials(text: string, hide: (secret: string) => void): void {
  for (const each of credentialsIn(text)) if (mayBeSecret(each, 'credential')) hide(each);
}

function problemOf(found: string, name: string, environment: Environment): string | undefined {
  if (!found.endsWith('}') || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return `expected the name of an environment variable between \${ and }; write $\${ for a plain \${`;
  }
  return !Object.hasOwn(environment, name) || environment[name] === undefined
    ? `the environment variable ${name} is not set`
    : undefined;
}

function walk(value: unknown, path: string, change: (text: string, path: string) => string): unknown {
  if (typeof value === 'string') return change(value, path);
  if (Array.isArray(value)) return value.map((each, index) => walk(each, `${path}[${index}]`, change));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, each]) => [
    key,
    walk(each, path === '' ? key : `${path}.${key}`, change),
  ]);
  return Object.fromEntries(entries);
}

function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return place({ line: before.length, col: before.at(-1)!.length + 1 });
}

const place = ({ line, col }: { line: number; col: number }): string => `line ${line}, column ${col}`;

const failure = (message: string, cause?: unknown): ConfigFailure =>
  new ConfigFailure(message, { code: 'invalid_config', cause });
