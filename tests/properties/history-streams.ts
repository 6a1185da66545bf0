import type { TestRow } from '../support/warehouse.ts';
import type { History } from './history.ts';

const MAPPED = {
  contacts: ['email', 'first_name', 'last_name', 'organization_name', 'title', 'mobile_phone'],
  accounts: ['domain', 'name', 'raw_address', 'phone'],
} as const;
/** The field that the second stream writes, with what names its records. */
const SECOND = {
  contacts: ['email', 'last_name', 'title'],
  accounts: ['domain', 'name', 'raw_address'],
} as const;

type Configured = Readonly<Record<string, unknown>>;

/** The streams of a history that write rows, as a person configures them, but for name and table. */
export function streamOf({ object, stream, isKeyed, isAssigned, hasSecond }: History): {
  readonly first: Configured;
  readonly second: Configured | undefined;
} {
  const isUpdate = stream['mode'] === 'update';
  const mapped = (columns: readonly string[]) =>
    columns
      .filter((name) => !isUpdate || (name !== 'email' && name !== 'domain'))
      .map((name) => ({ to: name, from: name }));
  const columns = MAPPED[object].filter((name) => !hasSecond || name !== SECOND[object][2]);
  const first: Configured = {
    object,
    mapping: [...mapped(columns), ...mapped(isAssigned ? ['stage', 'owner'] : [])],
    ...((isKeyed || isUpdate) && { primary_key: 'id' }),
    ...stream,
  };
  const { lists: _, max_removed_percent: __, ...plain } = first;
  const mode = stream['mode'] === 'mirror' ? 'upsert' : stream['mode'];
  return { first, second: hasSecond ? { ...plain, mapping: mapped(SECOND[object]), mode } : undefined };
}

/** The stream that sees to a list of some of the rows. */
export function listOf(
  object: History['object'],
  { behaviour, every }: NonNullable<History['list']>,
  rows: readonly TestRow[],
): Configured {
  const ids = listed(rows, every).map((id) => `'${id}'`);
  const key = object === 'accounts' ? 'domain' : 'email';
  const query = `select id, ${key} from rows where id in (${ids.join(', ')})`;
  const guard = behaviour === 'mirror' ? { max_removed_percent: 100 } : {};
  return { name: 'list', query, object, primary_key: 'id', membership: { list: 'Hot', behaviour }, ...guard };
}

/** The primary keys of every so many rows, the first included. */
export const listed = (rows: readonly TestRow[], every: number): readonly string[] =>
  [...new Set(rows.map(({ id }) => String(id)))].filter((_, i) => i % every === 0);
