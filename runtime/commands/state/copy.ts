import { file } from '../shared/arguments.ts';
import { required } from '../shared/option.ts';
import { storeCommand } from '../shared/store.ts';

/** Moves what is remembered to another place, or to another kind of store. */
export const stateCopy = storeCommand({
  name: 'state copy',
  summary: 'copy the state store to another place, or to a store of another kind',
  usage: '[--config FILE | --state FILE] --to FILE',
  options: { to: required('file', 'a configuration whose `state` says where to', file) },
  examples: [['state copy --state old.duckdb --to sync.yaml', 'from the file to where runs keep state now']],
  notes: [
    'The store is left as it is, and the other one must be empty. Leases and rate limits are not copied: the next answers tell limits.',
  ],
  answer: async ({ to }, { path, stateAt, source, dependencies }) => {
    const { copyStore } = await import('../../state/file/copy.ts');
    const { storeName } = await import('../../state/server/parameters.ts');
    const { copySaid } = await import('./said.ts');
    const target = await stateAt(to);
    const rows = await copyStore(path, target, { ...source, clock: dependencies.clock });
    return copySaid(storeName(target), rows);
  },
});
