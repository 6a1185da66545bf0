import type { Forgotten } from '../state/forget.ts';
import { filled } from './shared/arguments.ts';
import { flag, optional } from './shared/option.ts';
import { storeCommand } from './shared/store.ts';

/** Takes a row, a stream or rate limits out of a state store. */
export const forget = storeCommand({
  name: 'forget',
  summary: 'remove what is known of a row, of a stream, or of rate limits',
  usage: '[--config FILE | --state FILE] (--stream NAME (--key KEY | --yes) [--decision] | --limits)',
  options: {
    stream: optional('name', 'the stream', filled),
    key: optional('key', 'the primary key of the row; default: all rows of the stream', filled),
    yes: flag('yes, the whole stream'),
    decision: flag('only what a person has decided of the rows'),
    limits: flag('instead of rows: the rate-limit windows and pauses of all accounts'),
  },
  examples: [
    ['forget --config sync.yaml --stream contacts --key C-1042', 'the next run takes the row for new'],
    ['forget --config sync.yaml --stream contacts --yes', 'as much for all rows of the stream'],
    [
      'forget --config sync.yaml --stream contacts --key C-1042 --decision',
      'what was decided of the row holds no more',
    ],
  ],
  notes: ['Everything the state store holds of the rows goes, past outcomes and rejects too; rejects.path stays.'],
  problem: ({ stream, key, yes, limits, decision }) => {
    if (limits)
      return stream === undefined && key === undefined && !decision
        ? undefined
        : '--limits goes with no --stream, no --key and no --decision';
    if (stream === undefined) return 'say --stream NAME or --limits';
    return key === undefined && !yes ? 'without --key the whole stream is forgotten: say --yes' : undefined;
  },
  answer: async ({ stream, key, limits, decision }, { path, source, dependencies }) => {
    const { alter } = await import('../state/file/alter.ts');
    const { forget: forgetIn } = await import('../state/forget.ts');
    const { forgetSaid } = await import('./state/said.ts');
    const forgotten: Forgotten = limits ? { limits } : { stream: stream!, key, decision };
    const around = { ...source, clock: dependencies.clock };
    return forgetSaid(forgotten, await alter(path, 'forget', around, (store) => forgetIn(store, forgotten)));
  },
});
