import type { CodeEntry } from '../contract/code-entry.ts';
import { FILE_FORMATS, type FileFormat } from '../state/file/file-formats.ts';
import { date, filled, positive } from './shared/arguments.ts';
import { choice, flag, optional } from './shared/option.ts';
import { storeCommand } from './shared/store.ts';

const formats = Object.keys(FILE_FORMATS) as FileFormat[];

/** Which rows were rejected, and why. */
export const rejects = storeCommand({
  name: 'rejects',
  summary: 'list rejected rows, or write them to a file',
  usage: '[--config FILE | --state FILE] [options]',
  options: {
    stream: optional('name', 'only of this stream', filled),
    code: optional('code', 'only with this code', filled),
    since: optional('date', 'rejected since then: 2026-01-31, or a time in UTC', date),
    all: flag('every rejection of every run; default: the rows that stand rejected now'),
    run: optional('id', 'every rejection of this run; the beginning of its id is enough', filled),
    showValues: flag('list the rows, with keys and values'),
    limit: optional('count', 'of the rows listed, newest first; default: 20 in text, all in json', positive),
    to: optional('file', 'write the rows, with their values, to this file: .csv, .jsonl or .parquet', filled),
    format: choice('format', 'of that file, whatever its name', formats),
  },
  examples: [
    ['rejects --config sync.yaml', 'the rows that stand rejected now, by code'],
    ['rejects --config sync.yaml --code invalid_email --to bad.csv', 'those with this code, as a file'],
    ['rejects --config sync.yaml --run 7355f30c --show-values', 'what one run rejected, row by row'],
  ],
  notes: ['Values and keys of rows are printed only with --show-values; the file that --to names holds them.'],
  problem: ({ to, format }) =>
    to !== undefined && formatOf(to, format) === undefined
      ? `--to ${to}: expected .csv, .jsonl or .parquet, or --format`
      : undefined,
  answer: async ({ run: runId, showValues, limit, to, format, ...where }, { path, source, destination }) => {
    const { exportRejects, rejectGroups, rejectLines, requireRejectFilter } = await import(
      '../state/runs/kept-rejects.ts'
    );
    const { lookInto } = await import('../state/file/look.ts');
    const { FAILURE_CODES } = await import('../text/failure-codes.ts');
    const { rejectsFileSaid, rejectsSaid } = await import('./state/said.ts');
    const codes = codesOf({ ...FAILURE_CODES, ...(await destination()).failureCodes });
    return lookInto(path, source, async (store) => {
      const filter = await requireRejectFilter(store, { ...where, runId }, codes);
      if (to === undefined) {
        const groups = await rejectGroups(store, filter);
        return rejectsSaid({ ...filter, showValues, limit }, groups, await rejectLines(store, filter, limit));
      }
      const file = { path: to, format: formatOf(to, format)! };
      return rejectsFileSaid(file, await exportRejects(store, filter, file));
    });
  },
});

/** The codes of rejected rows. */
const codesOf = (entries: Readonly<Record<string, CodeEntry>>): readonly string[] =>
  Object.keys(entries).filter((code) => entries[code]?.kind === 'record');

const formatOf = (path: string, format: FileFormat | undefined): FileFormat | undefined =>
  format ?? suffixes[/\.\w+$/.exec(path)?.[0].toLowerCase() ?? ''];

const suffixes: Readonly<Record<string, FileFormat>> = {
  '.csv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'jsonl',
  '.parquet': 'parquet',
};
