import { storeCommand } from './shared/store.ts';

/** Whether a run goes on over a state store, and where it is. */
export const status = storeCommand({
  name: 'status',
  summary: 'say whether a run goes on, and where it is',
  usage: '(--config FILE | --state FILE) [options]',
  options: {},
  examples: [['status --config sync.yaml', 'is a run going on, how far is it, and what does it wait for?']],
  notes: ['Reads a small file beside the state store, and disturbs no run. Exit code 0, whatever there is to say.'],
  answer: async (_, { path, source, dependencies }) => {
    const { statusOf } = await import('./state/status.ts');
    return statusOf(path, dependencies.clock.now(), source);
  },
});
