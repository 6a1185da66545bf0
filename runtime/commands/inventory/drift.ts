import type { StreamConfig } from '../../contract/destination.ts';
import type { Drifted } from '../../state/inventory/drift.ts';
import type { Unremoved } from '../../state/inventory/list-removals.ts';
import { flag, several } from '../shared/option.ts';
import type { Said } from '../shared/said.ts';
import { storeCommand } from '../shared/store.ts';

/** What somebody has changed at the destination since it was written. */
export const drift = storeCommand({
  name: 'drift',
  summary: 'list what somebody has changed at the destination since it was written, by the inventory',
  usage: '--config FILE [options]',
  options: { stream: several('name', 'only this stream'), showValues: flag('print the values too') },
  examples: [['drift --config sync.yaml', 'after an inventory: row, field and when']],
  notes: ['An inventory has to be read first. Nothing is sent. Values are printed only with --show-values.'],
  answer: async ({ stream: only, showValues }, { path, source, config, destination, dependencies }) => {
    const { lookInto } = await import('../../state/file/look.ts');
    const { driftCandidates, goneRecords } = await import('../../state/inventory/drift.ts');
    const { unremoved } = await import('../../state/inventory/list-removals.ts');
    const { table } = await import('../../text/present.ts');
    if (config === undefined)
      return { text: 'Say --config: which values are the same depends on their fields.', json: [] };
    const checked = await config();
    const connection = (await destination()).connect(checked, dependencies);
    const isSame = connection.inventory?.isSame.bind(connection.inventory);
    const streams = checked.streams.filter(({ name }: StreamConfig) => only.length === 0 || only.includes(name));
    try {
      const found = await lookInto(path, source, async (on) => {
        const all: Listed[] = [];
        for (const { name: stream, object } of streams) {
          const candidates = await driftCandidates(on, { stream, object });
          const edited = candidates.filter(({ field, ours, theirs }) => !isSame?.(object, field, ours, theirs));
          const others = [
            ...(await unremoved(on, stream)).map(onLists),
            ...(await goneRecords(on, { stream, object })),
          ];
          all.push(...[...edited, ...others].map((one) => ({ ...one, stream })));
        }
        return all;
      });
      return said(found, showValues ? 'shown' : 'hidden', table);
    } finally {
      await connection.close();
    }
  },
});

/** A field that is not as it was written; without a field, a record that is gone. */
interface Listed extends Omit<Drifted, 'field' | 'ours' | 'theirs'> {
  readonly stream: string;
  readonly field?: string;
  readonly ours?: unknown;
  readonly theirs?: unknown;
}

const onLists = ({ still, ...one }: Unremoved) => ({ ...one, field: 'lists', ours: [], theirs: still });

function said(
  found: readonly Listed[],
  values: 'shown' | 'hidden',
  table: (head: readonly string[], rows: readonly (readonly (string | number)[])[]) => string,
): Said {
  const isShown = values === 'shown';
  const timeOf = (at: number): string => new Date(at).toISOString();
  const json = found.map(({ stream, primaryKey, id, field = null, ours, theirs, at }) => ({
    ...{ type: 'drift', stream, primary_key: primaryKey, destination_id: id, field },
    ...(isShown && field !== null && { ours, theirs }),
    at: timeOf(at),
  }));
  if (found.length === 0) return { text: 'No record is known to have been changed since it was written.', json };
  const head = ['stream', 'row', 'field', ...(isShown ? ['ours', 'theirs'] : []), 'changed (UTC)'];
  const rows = found.map(({ stream, primaryKey, field = '(record is gone)', ours = '', theirs = '', at }) => [
    ...[stream, primaryKey, field],
    ...(isShown ? [String(ours), String(theirs)] : []),
    timeOf(at).slice(0, 16).replace('T', ' '),
  ]);
  return { text: table(head, rows), json };
}
