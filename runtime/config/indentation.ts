/** What a YAML parser found wrong; its message may show the text, and is not for people. */
interface SyntaxProblem {
  readonly code: string;
  readonly message: string;
  /** Where it begins and ends in the text. */
  readonly pos: readonly [number, number];
}

/** A line that does not begin where it must. */
interface Slip {
  readonly line: number;
  /** Where it begins, from 1. */
  readonly column: number;
  /** How many spaces it has too few, or, negative, too many, as far as the lines before it tell. */
  readonly missing: number;
}

/**
 * The wrongly indented line behind what a parser found wrong; undefined where it is something else. Parsers tell of one space
 * too few in many ways, as of a missing dash or of a second colon.
 */
export function indentationSlip(problems: readonly SyntaxProblem[], text: string): Slip | undefined {
  const first = problems[0];
  if (first === undefined || !isIndentation(first, problems)) return undefined;
  const lines = text.split('\n');
  const before = text.slice(0, first.pos[0]).split('\n');
  // The line itself where the error is its beginning; otherwise the next one went wrong beside it.
  const isOwn = before.at(-1)!.trim() === '';
  const index = isOwn ? before.length - 1 : nextFilled(lines, before.length);
  const line = lines[index];
  if (line === undefined) return undefined;
  const column = indentOf(line) + 1;
  const others = lines
    .slice(0, index)
    .flatMap(columnsOf)
    .filter((each) => each !== column);
  const wanted = nearestTo(column, others);
  return wanted === undefined ? undefined : { line: index + 1, column, missing: wanted - column };
}

/** A slip, for people. */
export function slipText({ line, column, missing }: Slip): string {
  const spaces = Math.abs(missing);
  const many = missing > 0 ? 'few' : 'many';
  return `is wrongly indented in line ${line}, column ${column}: ${spaces} ${spaces === 1 ? 'space' : 'spaces'} too ${many}`;
}

function isIndentation({ code, message }: SyntaxProblem, problems: readonly SyntaxProblem[]): boolean {
  if (code === 'BAD_INDENT') return !/flow/i.test(message);
  if (code === 'MISSING_CHAR') return /without - indicator/.test(message);
  if (code === 'UNEXPECTED_TOKEN') return /at node end/.test(message);
  // Of a second colon in one line there is no other problem.
  return code === 'BLOCK_AS_IMPLICIT_KEY' && problems.some((other) => other.code === 'MULTILINE_IMPLICIT_KEY');
}

function nextFilled(lines: readonly string[], from: number): number {
  const found = lines.slice(from).findIndex((line) => line.trim() !== '' && !line.trim().startsWith('#'));
  return found < 0 ? lines.length : from + found;
}

const indentOf = (line: string): number => line.length - line.trimStart().length;

/** Where something stands in a line that the next lines may stand beside: its beginning, and what follows its dash. */
function columnsOf(line: string): readonly number[] {
  const trimmed = line.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return [];
  const indent = indentOf(line);
  const dash = /^-\s+/.exec(trimmed)?.[0].length ?? 0;
  return dash === 0 ? [indent + 1] : [indent + 1, indent + dash + 1];
}

/** Of the columns nearest to one, the last. */
const nearestTo = (column: number, columns: readonly number[]): number | undefined =>
  columns.reduce<number | undefined>(
    (best, each) => (best === undefined || Math.abs(each - column) <= Math.abs(best - column) ? each : best),
    undefined,
  );
