import type { Notice } from '../contract/destination.ts';
import { count, file } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { defaulted, flag, optional } from './shared/option.ts';
import { enableProblem, output, runOptions } from './shared/options.ts';
import { configured, dependenciesOf, isJson } from './shared/session.ts';

/** Says what a run would do, and writes nothing. */
export const preview = defineCommand({
  name: 'preview',
  summary: 'say what sync would do, without writing anything',
  options: {
    ...runOptions,
    output,
    exact: flag('read what the destination has first, for numbers that are exact to the row'),
    rows: optional('file', 'a .csv or .parquet file that gets each row and what would happen to it', file),
    show: defaulted('count', 'print what the first requests of each stream would say of so many records', count, 0),
  },
  examples: [
    ['preview --config sync.yaml', 'counts and requests'],
    ['preview --config sync.yaml --exact', 'exact to the row, after an inventory'],
    ['preview --config sync.yaml --rows rows.csv', 'also each row, before and after; a file of decisions to fill in'],
    ['preview --config sync.yaml --show 5', 'also five of the rows as they would be sent'],
  ],
  showsExitCodes: true,
  problem: enableProblem,
  notes: ['Values of rows are printed only with --show, and written only to the file of --rows.'],
  run: async (
    {
      stream: only,
      limit,
      key: keys,
      full,
      retryRejects,
      runId,
      enable,
      show,
      exact,
      rows,
      quiet,
      output: format,
      ...asked
    },
    session,
  ) => {
    const { output, run, source } = session;
    const { preview: previewOf } = await import('../run/preview/preview.ts');
    const { previewText } = await import('../text/present-preview.ts');
    const tell = ({ type, message }: Notice): void => {
      if (!quiet) void output.error(type === 'warning' ? `warning: ${message}` : message);
    };
    const checked = await configured(session, asked, 'sync');
    const wanted = { runId, only, enable, pick: { limit, keys }, run, full, retryRejects, source, show, exact, rows };
    const result = await previewOf(await session.destination(), checked, wanted, dependenciesOf(session, tell));
    await (isJson(session, format) ? output.json(result) : output.text(previewText(result)));
    return 0;
  },
});
