import type { rowFacts } from '../../state/row-facts.ts';
import { table } from '../../text/present.ts';
import { remedyFor } from '../../text/remedies.ts';
import type { Said } from '../shared/said.ts';
import type { nextRun } from './next-run.ts';
import { minute, shortId } from './said.ts';

type RowFacts = Awaited<ReturnType<typeof rowFacts>>;

type Fate = NonNullable<Extract<NextRun, { type: 'row' }>['if_there']>;

type NextRun = Awaited<ReturnType<typeof nextRun>>;

interface Asked {
  readonly stream: string;
  readonly showValues: boolean;
}

/** What is known of a row, and what the next run would do with it. */
export function explanation(asked: Asked, facts: RowFacts, next: NextRun | undefined): Said {
  const { stream, showValues } = asked;
  const paragraphs = [
    facts.known === undefined ? nothingKnown(asked, facts) : lastText(facts.outcomes[0]!),
    knownText(facts, asked),
    decisionText(facts),
    facts.is_intended
      ? 'A run ended while it was about to write this row; the next run finds out what became of that.'
      : '',
    rivalsText(facts, asked),
    facts.outcomes.length > 1 ? outcomesTable(facts.outcomes) : '',
    next === undefined ? 'With --config, this also looks the row up in the source.' : nextText(next, facts, asked),
  ];
  const { known, rivals, streams: _, ...rest } = facts;
  const json = {
    type: 'explanation',
    stream,
    ...rest,
    known: known === undefined ? null : showValues ? known : hidden(known),
    rivals: showValues ? rivals : rivals.length,
    next_run: next === undefined ? null : showValues ? next : withoutValues(next),
  };
  return { text: paragraphs.filter((text) => text !== '').join('\n\n'), json: [json] };
}

/** What a row waits for is a value of it. */
function withoutValues(next: NextRun): NextRun {
  if (next.type !== 'row') return next;
  const { waits_for: _, if_there, ...rest } = next;
  const { waits_for: __, ...there } = if_there ?? {};
  return { ...rest, ...(if_there && { if_there: there as Fate }) };
}

const hidden = ({ destination_id, values, attempts }: NonNullable<RowFacts['known']>) => ({
  destination_id,
  fields: Object.keys(values),
  attempts,
});

function nothingKnown({ stream }: Asked, { last_run, streams }: RowFacts): string {
  if (!streams.includes(stream) && last_run === undefined) {
    const has = streams.length === 0 ? 'nothing at all' : streams.join(', ');
    return `No run has written a stream ${stream}; the state store knows ${has}.`;
  }
  const codes = Object.entries(last_run?.deferred_codes ?? {});
  const deferred = codes.map(([code, rows]) => `${rows.toLocaleString('en-US')} ${code}`).join(', ');
  const waits =
    codes.length === 0
      ? ''
      : ` The last run of ${stream} (${shortId(last_run!.run_id)}) left rows deferred: ${deferred}. This may be one of them.`;
  return `Nothing is known of this row of ${stream}: no run has had an answer for it.${waits}`;
}

function lastText({ at, run_id, outcome, code, message, destination_id }: RowFacts['outcomes'][number]): string {
  const when = `at ${at}, in the run ${run_id}`;
  const why = WHY[outcome] ?? '';
  if (code === null) return `Last outcome: ${outcome}, ${when}.${why}`;
  const record = destination_id === null ? '' : `\nThe record at the destination: ${destination_id}`;
  const remedy = outcome === 'rejected' ? `\nWhat to do: ${remedyFor(code)}.` : '';
  return `Last outcome: ${outcome} (${code}), ${when}.${why}\n${message ?? ''}${record}${remedy}`;
}

const WHY: Readonly<Record<string, string>> = {
  unchanged: ' There was nothing to send.',
  skipped: ' It was there already, and the mode or on_existing says to leave it alone.',
  superseded: ' A later row of the same run had the same match key; that one was sent.',
  rejected: ' It is not sent again until the row, the mapping or the fields at the destination change.',
  removed: ' The source no longer had it, and what on_removed says was done.',
  deferred: ' Only a part of it is confirmed; the next run takes it.',
};

function decisionText({ decision }: RowFacts): string {
  if (decision === undefined) return '';
  const { decision: word, destination_id: id, at, run_id } = decision;
  const about = id === null ? '' : ` of the record ${id}`;
  return `Decided: ${word}${about}; kept at ${at}, in the run ${run_id}. \`forget --decision\` undoes it.`;
}

function knownText({ known }: RowFacts, { showValues }: Asked): string {
  if (known === undefined) return '';
  const { destination_id, match_key, values } = known;
  const names = Object.keys(values);
  const confirmed = showValues ? JSON.stringify(values) : names.join(', ');
  return [
    `id at the destination: ${destination_id ?? 'none known'}`,
    `match key: ${match_key === null ? 'none' : showValues ? match_key : 'hidden'}`,
    `confirmed: ${names.length === 0 ? 'nothing' : confirmed}`,
    ...(showValues ? [] : ['Values are hidden: --show-values prints them.']),
  ].join('\n');
}

function rivalsText({ rivals }: RowFacts, { showValues }: Asked): string {
  if (rivals.length === 0) return '';
  const names = showValues ? `: ${rivals.join(', ')}` : '';
  return `Other rows of the stream have the same match key${names}. The last of them in the source counts.`;
}

const outcomesTable = (outcomes: RowFacts['outcomes']): string =>
  table(
    ['outcomes (UTC)', 'run', 'outcome', 'code'],
    outcomes.map(({ at, run_id, outcome, code }) => [minute(at), shortId(run_id), outcome, code ?? '']),
  );

function nextText(next: NextRun, { known, outcomes }: RowFacts, { showValues }: Asked): string {
  if (next.type === 'unknown') return `What the next run would do cannot be said: ${next.message}`;
  if (next.type === 'absent') {
    const isOpen = next.sees_removed && known?.destination_id && !leftAlone.has(outcomes[0]?.outcome);
    return isOpen
      ? 'The source has no such row: the next run does what the stream says of removed rows, unless another row has its record.'
      : 'The source has no such row: the next run has nothing to send for it.';
  }
  const twice = next.rows > 1 ? `The source has ${next.rows} rows of this primary key; the last one counts. ` : '';
  const { if_there } = next;
  const other = if_there === undefined ? '' : `\nIf the destination already has it: ${fateText(if_there)}`;
  const waits = showValues && next.waits_for !== undefined ? ` It waits for ${next.waits_for}.` : '';
  return `${twice}The next run: ${fateText(next)}${waits}${other}`;
}

/** Outcomes after which nothing is done for a row that is gone. */
const leftAlone: ReadonlySet<string | undefined> = new Set(['removed', 'skipped']);

function fateText({ outcome, code, message, fields, calls }: Fate): string {
  const written = fields.length === 0 ? '' : `, writing ${fields.join(', ')}`;
  const by = calls.length === 0 ? ', without a call' : `, by ${calls.join(', ')}`;
  return `${outcome}${code === undefined ? '' : ` (${code})`}${written}${by}.${message === undefined ? '' : ` ${message}`}`;
}
