import type { duplicatesIn } from '../../state/inventory/duplicates.ts';
import { flag } from '../shared/option.ts';
import type { Said } from '../shared/said.ts';
import { storeCommand } from '../shared/store.ts';

/** Records of the destination that share an address or a domain. */
export const duplicates = storeCommand({
  name: 'duplicates',
  summary: 'list records of the destination that share an address or a domain, by the inventory',
  options: { showValues: flag('print the address or the domain too') },
  examples: [['duplicates --config sync.yaml', 'after an inventory: which records to merge by hand']],
  notes: [
    'An inventory has to be read first. Nothing is sent; runs write to the record that they know, or to the oldest.',
  ],
  answer: async ({ showValues }, { path, source }) => {
    const { lookInto } = await import('../../state/file/look.ts');
    const { duplicatesIn } = await import('../../state/inventory/duplicates.ts');
    const { table } = await import('../../text/present.ts');
    const found = await lookInto(path, source, duplicatesIn);
    const values = showValues ? 'shown' : 'hidden';
    return said(found, values, table);
  },
});

function said(
  found: Awaited<ReturnType<typeof duplicatesIn>>,
  values: 'shown' | 'hidden',
  table: (head: readonly string[], rows: readonly (readonly (string | number)[])[]) => string,
): Said {
  const json = found.map(({ key, ...one }) => ({ type: 'duplicates', ...one, key: values === 'shown' ? key : null }));
  if (found.length === 0) return { text: 'No two records are known to share an address or a domain.', json };
  const head = ['object', ...(values === 'shown' ? ['shared'] : []), 'record', 'made', 'row'];
  const rows = found.flatMap(({ object, key, records }) =>
    records.map(({ id, created_at, stream, primary_key }) => [
      object,
      ...(values === 'shown' ? [key] : []),
      id,
      created_at ?? '',
      stream === null ? '' : `${stream}: ${values === 'shown' ? primary_key : 'a row'}`,
    ]),
  );
  const text = `${found.length} ${found.length === 1 ? 'key is' : 'keys are'} shared. Merge the records by hand, into the one of a row, or the oldest.`;
  return { text: `${table(head, rows)}\n\n${text}`, json };
}
