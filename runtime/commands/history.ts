import { positive } from './shared/arguments.ts';
import { defaulted, flag } from './shared/option.ts';
import { storeCommand } from './shared/store.ts';

/** What the last runs did, and what they cost. */
export const history = storeCommand({
  name: 'history',
  summary: 'list past runs',
  usage: '[--config FILE | --state FILE] [options]',
  options: {
    limit: defaulted('count', 'of the runs, newest first; default: 20', positive, 20),
    costs: flag('also what each field has cost in calls, in these runs'),
  },
  examples: [
    ['history --config sync.yaml --limit 5', 'the last five runs'],
    ['history --config sync.yaml --costs', 'also which field cost how many calls'],
  ],
  answer: async ({ limit, costs }, { path, source }) => {
    const { lookInto } = await import('../state/file/look.ts');
    const { pastCosts, pastRuns } = await import('../state/runs/past-runs.ts');
    const { historySaid } = await import('./state/said.ts');
    return lookInto(path, source, async (store) =>
      historySaid(await pastRuns(store, limit), costs ? await pastCosts(store, limit) : undefined),
    );
  },
});
