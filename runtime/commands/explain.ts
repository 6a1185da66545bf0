import { filled } from './shared/arguments.ts';
import { flag, required } from './shared/option.ts';
import { storeCommand } from './shared/store.ts';

/** Why a row was sent, or not, and what the next run will do with it. */
export const explain = storeCommand({
  name: 'explain',
  summary: 'say why a row was or was not sent',
  usage: '[--config FILE | --state FILE] --stream NAME --key KEY',
  options: {
    stream: required('name', 'the stream', filled),
    key: required('key', 'the primary key of the row', filled),
    showValues: flag('print values of the row too'),
  },
  examples: [
    ['explain --config sync.yaml --stream contacts --key C-1042', 'also what the next run would do with the row'],
    ['explain --state state.duckdb --stream contacts --key C-1042', 'what the state store knows, and no more'],
  ],
  notes: ['Values of rows are printed only with --show-values. With --config, the whole source is read.'],
  answer: async (asked, store) => {
    const { path, source, config } = store;
    const { lookInto } = await import('../state/file/look.ts');
    const { rowFacts } = await import('../state/row-facts.ts');
    const { explanation } = await import('./state/explanation.ts');
    const { nextRun } = await import('./state/next-run.ts');
    const facts = await lookInto(path, source, (connection) => rowFacts(connection, asked.stream, asked.key));
    return explanation(asked, facts, config && (await nextRun(store, config, path, asked)));
  },
});
