import { filled } from '../shared/arguments.ts';
import { required } from '../shared/option.ts';
import { storeCommand } from '../shared/store.ts';

/** Gives a stream another name, under which all that is remembered of it goes on. */
export const streamRename = storeCommand({
  name: 'stream rename',
  summary: 'give a stream another name, and keep what is remembered of it',
  usage: '[--config FILE | --state FILE] --from OLD --to NEW',
  options: {
    from: required('old', 'the name that the stream has in the state store', filled),
    to: required('new', 'the name that it has from now on', filled),
  },
  examples: [['stream rename --config sync.yaml --from contacts --to people', 'contacts is called people from now on']],
  notes: [
    'Nothing is sent, and the configuration is left as it is: change the name there too, before the next run.',
    'Lines that stand in the rejects file keep the old name.',
  ],
  problem: ({ from, to }) => (from === to ? '--from and --to are the same name' : undefined),
  answer: async ({ from, to }, { path, source, dependencies }) => {
    const { alter } = await import('../../state/file/alter.ts');
    const { renameStream } = await import('../../state/rename.ts');
    const { renameSaid } = await import('../state/said.ts');
    const around = { ...source, clock: dependencies.clock };
    const rows = await alter(path, 'stream rename', around, (store) => renameStream(store, { from, to }));
    return renameSaid({ from, to }, rows);
  },
});
