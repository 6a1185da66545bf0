import type { Forgotten } from '../state/forget.ts';
import { filled } from './shared/arguments.ts';
import { flag, optional } from './shared/option.ts';
import { storeCommand } from './shared/store.ts';

/** Takes a row, a stream or rate limits out of a state store. */
export const forget = storeCommand({
  name: 'forget',
  summary: 'remove what is known of a row, of a stream, or of rate limits',
  usage: '[--config FILE | --state FILE] (--stream NAME (--key KEY | --yes) | --limits)',
  options: {
    stream: optional('name', 'the stream', filled),
    key: optional('key', 'the primary key of the row; default: all rows of the stream', filled),
    yes: flag('yes, the whole stream'),
    limits: flag('instead of rows: the rate-limit windows and pauses of all accounts'),
  },
  examples: [
    ['forget --config sync.yaml --stream contacts --key C-1042', 'the next run takes the row for new'],
    ['forget --config sync.yaml --stream contacts --yes', 'as much for all rows of the stream'],
  ],
  notes: ['Everything the state store holds of the rows goes, past outcomes and rejects too; rejects.path stays.'],
  problem: ({ stream, key, yes, limits }) => {
    if (limits)
      return stream === undefined && key === undefined ? undefined : '--limits goes with no --stream and no --key';
    if (stream === undefined) return 'say --stream NAME or --limits';
    return key === undefined && !yes ? 'without --key the whole stream is forgotten: say --yes' : undefined;
  },
  answer: async ({ stream, key, limits }, { path, source, dependencies }) => {
    const { alter } = await import('../state/alter.ts');
    const { forget: forgetIn } = await import('../state/forget.ts');
    const { forgetSaid } = await import('./state/said.ts');
    const forgotten: Forgotten = limits ? { limits } : { stream: stream!, key };
    const around = { ...source, clock: dependencies.clock };
    return forgetSaid(forgotten, await alter(path, 'forget', around, (store) => forgetIn(store, forgotten)));
  },
});
