import type { Decision, Decisions } from '../contract/decision.ts';
import { ConfigFailure } from '../contract/failure.ts';
import type { Mapped, Writer } from '../contract/writer.ts';
import { readDecisions } from '../source/decisions-file.ts';
import type { Relation, Source } from '../source/source.ts';
import type { Given, GivenDecisions } from '../state/stream/kept-decisions.ts';
import type { StreamState } from '../state/stream/stream-state.ts';

/** A stream, as far as its rows are read. */
interface ReadRows {
  readonly relation: Relation;
  readonly writer: Writer<unknown>;
}

/** A stream whose rows a person may decide. */
interface DecidedStream extends ReadRows {
  readonly name: string;
  readonly decisions: Decisions;
}

interface ReadingDecisions {
  readonly source: Source;
  readonly signal: AbortSignal;
  /** Whether what is decided can be kept. */
  readonly hasStore: boolean;
}

/** A decision, and where it stands: a line of the file, or a row of the source. */
interface Placed extends Given {
  readonly key: string;
  readonly at: string;
}

/**
 * What a person has decided of the rows of a stream. The source is read for it, to its end where some row is not found before. Throws
 * ConfigFailure for a word that is none of them, a row that the source does not have, and two words for one row.
 */
export async function givenDecisions(stream: DecidedStream, options: ReadingDecisions): Promise<GivenDecisions> {
  const { decisions } = stream;
  const { path, file, column, words, answers } = decisions;
  const placed = file === undefined ? await inColumn(stream, column!, options) : await inFile(stream, file, options);
  const given = new Map<string, Placed>();
  for (const one of placed) {
    if (!words.includes(one.word)) throw unknownWord(decisions, one);
    const other = given.get(one.key);
    if (other !== undefined && other.word !== one.word) {
      throw invalid(
        path,
        `${other.at} and ${one.at} decide one row in two ways. Leave one of them out.`,
        'two_decisions',
      );
    }
    given.set(one.key, one);
  }
  const unkept = options.hasStore ? undefined : placed.find(({ word }) => answers.includes(word));
  if (unkept !== undefined) {
    const says = `${unkept.at} says ${unkept.word}, which answers a rejection that only a state store remembers; expected state.type duckdb.`;
    throw invalid(path, says, 'decisions_need_state');
  }
  return { given, isAll: file === undefined };
}

/** Has writers of a stream map rows as a person has decided of them. */
export async function decidedBy(
  { given, ...stream }: ReadRows & { readonly given?: GivenDecisions | undefined },
  state: StreamState | undefined,
  options: Omit<ReadingDecisions, 'hasStore'>,
): Promise<<W extends Writer<unknown>>(writer: W) => W> {
  if (given === undefined) return (writer) => writer;
  const kept = await state?.decide(given);
  const decisions = kept
    ? await withRivals(stream, kept, options)
    : new Map([...given.given].map(([key, { word }]) => [key, { word }]));
  return (writer) => deciding(writer, decisions);
}

/** Marks decisions about records that another row of the source has the match key of: it is that row's, whoever comes first. */
async function withRivals(
  stream: ReadRows,
  { decisions, open }: Awaited<ReturnType<StreamState['decide']>>,
  options: Omit<ReadingDecisions, 'hasStore'>,
): Promise<ReadonlyMap<string, Decision>> {
  const { writer } = stream;
  const asked = [...decisions].filter(([key, { isTaken }]) => open.has(key) && !isTaken);
  const wanted = new Map<string, string[]>();
  for (const [key, decision] of asked) {
    for (const one of writer.decisions?.matchKeysOf(decision) ?? []) wanted.set(one, [...(wanted.get(one) ?? []), key]);
  }
  if (wanted.size === 0) return decisions;
  const taken = new Set<string>();
  for await (const row of rowsOf(stream, writer.columns, options)) {
    const rivals = wanted.get(writer.key.matchKeyOf(row) ?? '');
    const own = rivals && writer.map(row).primaryKey;
    for (const key of rivals ?? []) if (key !== own) taken.add(key);
  }
  return new Map([...decisions].map(([key, one]) => [key, taken.has(key) ? { ...one, isTaken: true } : one]));
}

function deciding<W extends Writer<unknown>>(writer: W, decisions: ReadonlyMap<string, Decision>): W {
  if (decisions.size === 0) return writer;
  const map = (row: Parameters<W['map']>[0]): Mapped<unknown> => {
    const mapped = writer.map(row);
    const decision = mapped.ok ? decisions.get(mapped.primaryKey) : undefined;
    return mapped.ok && decision !== undefined
      ? writer.decisions!.decide(mapped, about(decision, mapped.matchKey))
      : mapped;
  };
  return { ...writer, map };
}

/** A decision about a row that has got another match key since it was refused says nothing about the record it was refused for. */
const about = ({ word, conflict, isTaken }: Decision, matchKey: string): Decision => {
  if (conflict?.matchKey !== undefined && conflict.matchKey !== matchKey) return { word };
  return { word, ...(conflict && { conflict }), ...(isTaken && { isTaken }) };
};

async function inFile(stream: DecidedStream, file: string, options: ReadingDecisions): Promise<readonly Placed[]> {
  const { name, writer, decisions } = stream;
  const { path } = decisions;
  const asked = { path, stream: name, keyColumn: writer.key.primaryKeyColumn };
  const lines = await readDecisions(options.source.work, file, asked);
  const open = new Map(lines.map((line) => [line.key, line]));
  for await (const row of rowsOf(stream, writer.columns, options)) {
    if (open.size === 0) break;
    const { primaryKey } = writer.map(row);
    if (primaryKey !== undefined) open.delete(primaryKey);
  }
  for (const { line } of open.values()) {
    const why = `line ${line} of ${file} names a row that the source does not have. Correct its key, or leave the line out.`;
    throw invalid(path, why, 'unknown_row');
  }
  return lines.map(({ line, ...one }) => ({ ...one, at: `line ${line} of ${file}` }));
}

async function inColumn(stream: DecidedStream, column: string, options: ReadingDecisions): Promise<readonly Placed[]> {
  const { writer } = stream;
  const placed: Placed[] = [];
  let position = 0;
  for await (const row of rowsOf(stream, [...new Set([...writer.columns, column])], options)) {
    position++;
    const cell = row[column];
    const word = typeof cell === 'string' ? cell.trim() : cell === null || cell === undefined ? '' : String(cell);
    const key = word === '' ? undefined : writer.map(row).primaryKey;
    if (key !== undefined) placed.push({ key, word, at: `row ${position} of the source` });
  }
  return placed;
}

async function* rowsOf(
  { relation }: ReadRows,
  reads: readonly string[],
  { source, signal }: Omit<ReadingDecisions, 'hasStore'>,
): AsyncGenerator<Parameters<Writer<unknown>['map']>[0]> {
  const key = { columns: [], reads, matchKeyOf: () => undefined };
  for await (const rows of source.rows(relation, key, signal)) for (const { row } of rows) yield row;
}

function unknownWord({ path, words, file }: Decisions, { at, word }: Placed): ConfigFailure {
  // A word of a column is a value of a row.
  const received = file === undefined ? 'another word' : JSON.stringify(word);
  return invalid(
    path,
    `${at}: received ${received}, expected one of ${words.join(', ')}, or nothing.`,
    'unknown_decision',
  );
}

const invalid = (path: string, why: string, code: string): ConfigFailure =>
  new ConfigFailure(`${path}: ${why} Nothing was sent.`, { code });
