import type { Connection, StreamConfig } from '../../contract/destination.ts';
import { number } from '../../facts/number-text.ts';
import type { Drifted } from '../../state/inventory/drift.ts';
import type { StreamState } from '../../state/stream/stream-state.ts';

interface SeeAround {
  readonly connection: Pick<Connection<StreamConfig>, 'inventory'>;
  /** Whether the configuration has an inventory read. */
  readonly hasInventory: boolean;
  readonly warn: (message: string) => void;
  /** Fields that the configuration calls otherwise. */
  readonly fieldNames: ReadonlyMap<string, string> | undefined;
}

/** What somebody has changed of a stream's records at the destination since they were written. */
export async function driftOf(
  state: StreamState,
  { object }: StreamConfig,
  { inventory }: Pick<Connection<StreamConfig>, 'inventory'>,
): Promise<readonly Drifted[]> {
  const candidates = await state.driftCandidates();
  return candidates.filter(({ field, ours, theirs }) => !inventory?.isSame(object, field, ours, theirs));
}

/** Sees, before the rows of a stream are compared, to what was changed by hand: as the stream says, it is told, repaired or left alone. */
export async function seeDrift(
  state: StreamState | undefined,
  config: StreamConfig,
  { connection, hasInventory, warn, fieldNames = new Map() }: SeeAround,
): Promise<void> {
  const { name, protect = [], drift = hasInventory ? 'report' : 'ignore' } = config;
  if (state === undefined || connection.inventory === undefined || (drift === 'ignore' && protect.length === 0)) return;
  const drifted = await driftOf(state, config, connection);
  const protects = [
    ...protect,
    ...[...fieldNames].filter(([, shown]) => protect.includes(shown)).map(([name]) => name),
  ];
  const isTheirs = ({ field }: Drifted): boolean => protects.includes(field);
  const rest = drifted.filter((one) => !isTheirs(one));
  await state.take({
    repaired: drift === 'repair' ? rest : [],
    protected: drifted.filter(isTheirs),
    protects,
  });
  const records = new Set(rest.map(({ id }) => id)).size;
  if (drift === 'report' && records > 0) {
    warn(
      `${name}: ${number(records)} ${records === 1 ? 'record was' : 'records were'} changed at the destination since they were written. ` +
        '`drift` lists them; `drift: repair` of the stream writes them again.',
    );
  }
}
