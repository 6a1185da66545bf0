import { messageOf } from '../contract/failure.ts';
import { remoteMessage } from './remote-message.ts';

// Errors of these kinds speak of files, names and SQL. All others may quote a value of a row.
const valueFree =
  /^(IO|HTTP|Catalog|Binder|Parser|Permission|Missing Extension|Extension Autoloading|Out of Memory|INTERNAL|INTERRUPT) Error:/i;

/**
 * DuckDB's message with file, line, byte, column and remedy, and without what it quotes of the rows: these messages reach
 * logs, where no value of a row may stand.
 */
export function messageWithoutValues(error: unknown): string {
  const message = withoutExcerpt(messageOf(error)).trim();
  const remote = remoteMessage(message);
  if (remote !== undefined) return remote;
  const shown = valueFree.test(message)
    ? message
    : (csvMessage(message) ?? sniffingMessage(message) ?? knownMessage(message) ?? beforeValues(message));
  return `${shown}${remedyOf(message)}`;
}

/**
 * DuckDB shows a window of the statement below its message. It is left out: it may cut a password in half, and no mask knows
 * one half of it. The last one is meant, for a value may look like one.
 */
function withoutExcerpt(message: string): string {
  const start = message.lastIndexOf('\n\nLINE ');
  return start >= 0 && /^\n\nLINE \d+: .*\n *\^\s*$/.test(message.slice(start)) ? message.slice(0, start) : message;
}

/** Where in a query DuckDB points to, as it says below its message; undefined where it points nowhere. */
export function pointedAt(message: string, query: string): string | undefined {
  const start = message.lastIndexOf('\n\nLINE ');
  const [, number, excerpt = '', before = ''] =
    /^\n\nLINE (\d+): (.*)\n( *)\^\s*$/.exec(start < 0 ? '' : message.slice(start)) ?? [];
  if (number === undefined) return undefined;
  const text = excerpt.replace(/^\.\.\.|\.\.\.$/g, '');
  const at = (query.split('\n')[Number(number) - 1] ?? '').indexOf(text);
  if (at < 0 || text === '') return `line ${number} of the query`;
  const cut = excerpt.startsWith('...') ? 3 : 0;
  return `line ${number}, column ${at + before.length - `LINE ${number}: `.length - cut + 1} of the query`;
}

// What a CSV error says after the line it quotes. That line may hold anything, these words too: the last ones are DuckDB's.
const csvReason =
  /\n(Error when converting column |Expected Number of Columns|Value with unterminated quote|Invalid unicode|Maximum line size|The CSV Parser state machine|Error when |Could not convert )/g;

/** Line, reason, column, type, file and what DuckDB advises, of a message that quotes a whole line of a CSV file. */
function csvMessage(message: string): string | undefined {
  const head = /^[\w ]+ Error: CSV Error on Line: \d+/.exec(message)?.[0];
  if (head === undefined) return undefined;
  const converted = [...message.matchAll(/^Column (.+) is being converted as type (.+)$/gm)].at(-1);
  const [, column, type] = converted ?? [];
  const file = [...message.matchAll(/^ {2}file = (.+)$/gm)].at(-1)?.[1];
  const at = [...message.matchAll(csvReason)].at(-1)?.index;
  const reason = at === undefined ? '' : (message.slice(at + 1).split('\n', 1)[0] ?? '');
  const what =
    column === undefined
      ? (/^[^"']*/.exec(reason)?.[0] ?? '')
      : `column ${JSON.stringify(column)} holds a value that is not ${type} (not shown)`;
  // A conversion's reason quotes the value once more; what follows the type does not.
  const end = converted?.index ?? at;
  const hints = end === undefined ? [] : hintsIn(message.slice(end));
  return [
    `${head}${file === undefined ? '' : ` of file ${JSON.stringify(file)}`}${what === '' ? '' : `: ${what}`}`,
    ...hints,
  ].join('\n');
}

/** What DuckDB advises below the reason for a CSV error. */
const hintsIn = (text: string): readonly string[] =>
  text.split('\n').filter((line) => /^(\* |Possible Solution: )/.test(line));

/** DuckDB did not find out how a CSV file is written: it names what it tried, and no value. */
function sniffingMessage(message: string): string | undefined {
  if (!/^Invalid Input Error: Error when sniffing file /.test(message)) return undefined;
  const lines = message.split('\n');
  const tried =
    /^(The search space used was|Delimiter Candidates|Quote\/Escape Candidates|Comment Candidates|Encoding):/;
  return lines.filter((line) => line.trim() !== '' && !tried.test(line)).join('\n');
}

/** What may be shown of a message that is known, and whether all of it is. A group `hidden` stands for a value. */
const known: readonly RegExp[] = [
  /^Invalid Input Error: Malformed JSON in file ".*", at byte \d+ in (line|record\/value) \d+: [\w -]+\./,
  /^Conversion Error: Malformed JSON at byte \d+ of input: [\w -]+\./,
  /^Invalid Input Error: JSON transform error in file "[^\n]*?", in (line|record\/value) \d+: [^"{[\n]*/,
  /^Invalid Input Error: Failed to read file "[^\n]*": [^"'\n]*/,
  /^Invalid (Input )?Error: (File '.*' too small to be a Parquet file|No magic bytes found at end of file '.*')/,
  /^Invalid Input Error: File '.*' is encrypted, but 'encryption_config' was not set/,
  /^Invalid (Input )?Error: [^\n]*schema mismatch in glob[^\n]*/i,
];

const knownMessage = (message: string): string | undefined => {
  const shown = known.map((each) => each.exec(message)?.[0]).find((each) => each !== undefined);
  if (shown === undefined) return undefined;
  const hides = /: ["{[]?$/.test(shown) && message.length > shown.length;
  const hints = /\n(Try setting [^\n]*)$/.exec(message)?.[1];
  return `${shown.trimEnd()}${hides ? ' …' : ''}${hints === undefined ? '' : `\n${hints}`}`;
};

// What may follow a value, from its last quote to the end of the message.
const afterValue = [
  / to (type )?[A-Z][\w(), ]*?( when casting from source column [^'"\n]+)?$/,
  / to type DECIMAL\(\d+,\d+\) failed: value is out of range!$/,
  /, expected format is [^'"\n]+$/,
];

const typed =
  /^(Conversion Error: Type [^'"\n]*? with value )[\s\S]*( can't be cast (?:because the value is out of range for|to) the destination type [^'"\n]+)$/;

/** The beginning of a message, up to the first thing that may be a value, and what is known to follow it. */
function beforeValues(message: string): string {
  const [, before, behind] = typed.exec(message) ?? [];
  if (before !== undefined) return `${before}…${behind}`;
  const start = message.search(/["']/);
  if (start < 0) return withoutNumbers(message.split('\n', 1)[0] ?? '');
  const end = Math.max(message.lastIndexOf('"'), message.lastIndexOf("'"));
  const rest = message.slice(end + 1);
  const after = afterValue.map((each) => each.exec(rest)).find((each) => each?.index === 0)?.[0] ?? '';
  return `${beforeQuote(message)}…${after}`;
}

const beforeQuote = (text: string): string => {
  const [line = ''] = text.split('\n', 1);
  const start = line.search(/["']/);
  return withoutNumbers(start < 0 ? line : line.slice(0, start));
};

const withoutNumbers = (text: string): string => text.replace(/(?<![\w"'])[-+]?\d[\d.,]*(?![\w])/g, '…');

const remedies: readonly (readonly [is: RegExp, remedy: string])[] = [
  [
    /^(Missing Extension|Extension Autoloading) Error|extension .* (not found|could not be loaded)|Failed to download extension/i,
    '\nWhere there is no network, install the extension when the image is built, for this version of DuckDB, and name its folder in source.extension_directory.',
  ],
  [/^Out of Memory Error/, '\nRaise source.memory_limit, or read fewer columns.'],
  [
    /don't know what type|TProtocolException|No magic bytes found|too small to be a Parquet file|decompression failure/i,
    '\nA file that is read is damaged or cut off; write it once more.',
  ],
  [/Could not set lock/, '\nClose the file there, or read a copy of it under the same name.'],
  [/Permission denied/, '\nGive the user that runs this program leave to read it.'],
];

const remedyOf = (message: string): string => remedies.find(([is]) => is.test(message))?.[1] ?? '';
