import { OUTCOME_STATUSES } from '../../contract/outcome.ts';
import type { FieldCost } from '../../facts/costs.ts';
import { counted } from '../../facts/counted.ts';
import type { FileFormat } from '../../state/file/file-formats.ts';
import { type Ownership, sourceText, workspaceText } from '../../state/file/owner.ts';
import type { Forgotten } from '../../state/forget.ts';
import type { rejectGroups } from '../../state/runs/kept-rejects.ts';
import type { pastRuns } from '../../state/runs/past-runs.ts';
import { withCode } from '../../text/error-text.ts';
import { costsText, table } from '../../text/present.ts';
import { remedyFor } from '../../text/remedies.ts';
import type { Said } from '../shared/said.ts';

type PastRun = Awaited<ReturnType<typeof pastRuns>>[number];

type RejectGroup = Awaited<ReturnType<typeof rejectGroups>>[number];

// The width of a terminal as it comes.
const width = 100;

/** A time as a table shows it: to the minute, in UTC. */
export const minute = (at: string): string => at.slice(0, 16).replace('T', ' ');

/** As much of a run's id as tells it from others; `rejects --run` takes it. */
export const shortId = (runId: string): string =>
  /^[0-9a-f]{8}-[0-9a-f-]{27}$/.test(runId) ? runId.slice(0, 8) : runId.slice(0, 20);

/** The past runs, and what fields have cost in them where that is asked for. */
export function historySaid(runs: readonly PastRun[], costs: readonly FieldCost[] | undefined): Said {
  const json = [...runs.map((run) => ({ type: 'run', ...run })), ...(costs ? [{ type: 'costs', costs }] : [])];
  if (runs.length === 0) return { text: 'No run yet.', json };
  const last = runs[0]!;
  const waits = last.retry_at === null ? [] : [`${rowsOf(last.deferred ?? 0)} deferred, until ${last.retry_at}.`];
  const unfinished = last.deferred_in_apollo
    ? [`${rowsOf(last.deferred_in_apollo)} created, unfinished: the next run completes them.`]
    : [];
  const failed =
    last.error === null ? [] : [`The last run ended with: ${withCode(last.error, last.error_code ?? undefined)}`];
  const dear = costs === undefined ? [] : [costsText(costs) || 'No call of these runs wrote a field.'];
  return { text: [historyTable(runs), ...failed, ...waits, ...unfinished, ...dear].join('\n\n'), json };
}

type Columns = readonly (readonly [head: string, cell: (run: PastRun) => string | number])[];

// What is left out first where a line has no room.
const dispensable = ['took', 'superseded', 'skipped', 'calls', 'unchanged'];

function historyTable(runs: readonly PastRun[]): string {
  const counts = (['read', ...OUTCOME_STATUSES, 'calls'] as const).filter(
    (name) => name === 'read' || runs.some((run) => (run[name] ?? 0) > 0),
  );
  let columns: Columns = [
    ['run', (run) => shortId(run.run_id)],
    ['started (UTC)', (run) => minute(run.started_at)],
    ['took', took],
    ['status', (run) => run.status],
    ...counts.map((name) => [name, (run: PastRun) => run[name] ?? 0] as const),
  ];
  const text = () =>
    table(
      columns.map(([head]) => head),
      runs.map((run) => columns.map(([, cell]) => cell(run))),
    );
  const left: string[] = [];
  for (const name of dispensable) {
    if (widthOf(text()) <= width) break;
    if (columns.some(([head]) => head === name)) left.push(name);
    columns = columns.filter(([head]) => head !== name);
  }
  return left.length === 0 ? text() : `${text()}\n\nLeft out: ${left.join(', ')}. --output json has them.`;
}

const widthOf = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));

function took({ started_at, finished_at }: PastRun): string {
  if (finished_at === null) return '?';
  const seconds = Math.round((Date.parse(finished_at) - Date.parse(started_at)) / 1000);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m ${seconds % 60}s` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
}

const rowsOf = (count: number): string => counted(count, 'row');

interface RejectsAsked {
  readonly all: boolean;
  readonly runId?: string | undefined;
  readonly showValues: boolean;
  readonly limit: number | undefined;
}

/** Rejected rows by code, and each of them where its values may be printed. */
export function rejectsSaid(
  { showValues, all, runId, limit = 20 }: RejectsAsked,
  groups: readonly RejectGroup[],
  lines: readonly Readonly<Record<string, unknown>>[],
): Said {
  const hidden = ({ primary_key: _, record: __, ...line }: Readonly<Record<string, unknown>>) => line;
  const json = lines.map((line) => ({ type: 'reject', ...(showValues ? line : hidden(line)) }));
  const isLog = all || runId !== undefined;
  if (groups.length === 0) return { text: isLog ? 'No such row was rejected.' : 'No such row stands rejected.', json };
  const shown = lines.slice(0, limit);
  const total = groups.reduce((sum, { rows }) => sum + rows, 0);
  const paragraphs = [
    isLog ? `Rejected, by the log of the runs: ${rowsOf(total)}.` : `Rejected as things stand: ${rowsOf(total)}.`,
    table(
      ['stream', 'code', 'rows', 'last (UTC)'],
      groups.map(({ stream, code, rows, last_at }) => [stream, code, rows, minute(last_at)]),
    ),
    [...new Map(groups.map((group) => [group.code, group])).values()].map(codeText).join('\n'),
    ...(showValues
      ? [
          shown.map(lineText).join('\n'),
          ...(shown.length < total ? [`The newest ${rowsOf(shown.length)} of them; --limit shows more.`] : []),
        ]
      : ['--show-values lists the rows, with their keys and values; --to FILE writes them to a file.']),
  ];
  return { text: paragraphs.join('\n\n'), json };
}

const codeText = ({ code, message }: RejectGroup): string =>
  `${code}: for example: ${message}\n  What to do: ${remedyFor(code)}.`;

const lineText = ({ at, stream, primary_key, code, message, record }: Readonly<Record<string, unknown>>): string =>
  [
    `${minute(String(at))}  ${stream}  ${primary_key ?? '(no primary key)'}  ${code}: ${message}`,
    ...(record === null ? [] : [`  ${JSON.stringify(record)}`]),
  ].join('\n');

/** Rejected rows that were written to a file. */
export const rejectsFileSaid = ({ path, format }: { path: string; format: FileFormat }, rows: number): Said => ({
  text: `${rowsOf(rows)} written to ${path} (${format}). The file holds values: only you can read it.`,
  json: [{ type: 'export', files: { rejects: path }, rows: { rejects: rows } }],
});

/** What was removed from the state store. */
export function forgetSaid(forgotten: Forgotten, rows: number): Said {
  if (forgotten.limits) {
    const text = `Forgot ${counted(rows, 'window')} of rate limits. The next run waits for no limit of an earlier run.`;
    return { text, json: [{ type: 'forgotten', limits: true, windows: rows }] };
  }
  const { stream, key, decision } = forgotten;
  if (decision) {
    const text =
      rows === 0
        ? `Nothing was decided of ${key === undefined ? stream : `that row of ${stream}`}.`
        : `Forgot ${counted(rows, 'decision')} of ${stream}. What the file or the column says then is taken as said now.`;
    return { text, json: [{ type: 'forgotten', stream, decisions: rows }] };
  }
  const what = key === undefined ? `${rowsOf(rows)} of ${stream}` : `the row of ${stream}`;
  const text =
    rows === 0
      ? `Nothing was known of ${key === undefined ? stream : `that row of ${stream}`}.`
      : `Forgot ${what}. The next run takes ${rows === 1 ? 'it' : 'them'} for new, and looks for what is already there.`;
  return { text, json: [{ type: 'forgotten', stream, rows }] };
}

/** A stream that has another name from now on. */
export const renameSaid = ({ from, to }: { readonly from: string; readonly to: string }, rows: number): Said => ({
  text:
    `What is known of ${from}, ${rowsOf(rows)}, is kept under ${to} from now on. Nothing was sent. Change the name in the ` +
    'configuration too, before the next run.',
  json: [{ type: 'renamed', from, to, rows }],
});

/** Whom a state store belonged to, until the next run says it. */
export function adoptSaid(path: string, { workspace, streams }: Ownership): Said {
  const read = [...streams].map(([name, { object, from }]) => ({ name, object, from: from && sourceText(from) }));
  const text = [
    `The next run says whom ${path} belongs to. Until now:`,
    ...(workspace ? [`workspace: ${workspaceText(workspace)}`] : []),
    ...read.map(({ name, object, from = 'any source' }) => `${name}: ${object} from ${from}`),
    ...(workspace || read.length > 0 ? [] : ['nothing is known of that.']),
  ];
  return { text: text.join('\n'), json: [{ type: 'adopted', workspace: workspace ?? null, streams: read }] };
}

/** The tables that were copied, and where to. */
export function copySaid(to: string, rows: Readonly<Record<string, number>>): Said {
  const text = `${table(['table', 'rows'], Object.entries(rows))}\n\nCopied to ${to}.`;
  return { text, json: [{ type: 'state_copy', to, rows }] };
}

/** The tables that were exported. */
export function exportSaid(folder: string, rows: Readonly<Record<string, number>>): Said {
  const files = Object.fromEntries(Object.keys(rows).map((name) => [name, `${folder}/${name}.parquet`]));
  const text = `${table(['table', 'rows'], Object.entries(rows))}\n\nOne Parquet file a table in ${folder}. They hold values: only you can read them.`;
  return { text, json: [{ type: 'export', files, rows }] };
}
