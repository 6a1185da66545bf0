import { several } from '../shared/option.ts';
import { storeCommand } from '../shared/store.ts';

/** Takes back whom a state store belongs to; the next run says it. */
export const stateAdopt = storeCommand({
  name: 'state adopt',
  summary: 'say that the same workspace, or the same source, is at another place now',
  usage: '[--config FILE | --state FILE] [--stream NAME]',
  options: { stream: several('name', 'only what this stream is read from') },
  examples: [
    ['state adopt --config sync.yaml', 'the workspace and all sources have moved'],
    ['state adopt --config sync.yaml --stream contacts', 'the rows of contacts are read from another place now'],
  ],
  notes: ['Nothing is sent. What is remembered stays: the next run goes on with it where it is configured to.'],
  answer: async ({ stream }, { path, source, dependencies }) => {
    const { alter } = await import('../../state/file/alter.ts');
    const { adopt: adoptIn } = await import('../../state/file/ownership.ts');
    const { storeName } = await import('../../state/server/parameters.ts');
    const { adoptSaid } = await import('./said.ts');
    const around = { ...source, clock: dependencies.clock };
    return adoptSaid(storeName(path), await alter(path, 'state adopt', around, (store) => adoptIn(store, stream)));
  },
});
