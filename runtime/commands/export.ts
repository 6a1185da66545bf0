import { filled } from './shared/arguments.ts';
import { required } from './shared/option.ts';
import { storeCommand } from './shared/store.ts';

/** All tables of a state store, as Parquet. */
export const exportCommand = storeCommand({
  name: 'export',
  summary: 'write the tables of the state store as Parquet',
  usage: '[--config FILE | --state FILE] --to FOLDER',
  options: { to: required('folder', 'made where there is none', filled) },
  examples: [['export --config sync.yaml --to export', 'export/records.parquet, export/runs.parquet, …']],
  notes: ['The files hold values of rows; only their owner can read them.'],
  answer: async ({ to }, { path, source }) => {
    const { exportTables } = await import('../state/file/export.ts');
    const { lookInto } = await import('../state/file/look.ts');
    const { exportSaid } = await import('./state/said.ts');
    return exportSaid(to, await lookInto(path, source, (store) => exportTables(store, to)));
  },
});
