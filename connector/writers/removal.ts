import { coerce } from '../../catalog/coerce.ts';
import { sameValue } from '../../catalog/current-value.ts';
import { customLabelOf } from '../../catalog/custom-field.ts';
import { findField } from '../../catalog/field-lookup.ts';
import type { DestinationObject, Field, Values, WireValue } from '../../catalog/object.ts';
import { mappedAs, shownName } from '../../catalog/shown-name.ts';
import type { Held } from '../../runtime/contract/destination.ts';
import type { EstimableWriter } from '../../runtime/contract/estimate.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import type { Row } from '../../runtime/contract/record.ts';
import type { Mapped } from '../../runtime/contract/writer.ts';
import { fingerprintOf } from '../../runtime/deliver/fingerprint.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import type { ApolloRecord } from '../record/apollo-record.ts';
import { learnedOf } from '../record/learned.ts';
import { routes } from '../record/routes.ts';
import type { Target } from '../record/target.ts';
import { addToLists } from '../steps/add-to-lists.ts';
import type { ApolloStep } from '../steps/apollo-step.ts';
import { assign } from '../steps/assign.ts';
import { bulkUpdate } from '../steps/bulk-update.ts';
import { finish } from '../steps/finish.ts';
import { patch } from '../steps/patch.ts';
import { removeFromLists } from '../steps/remove-from-lists.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { apolloWriter } from './apollo-writer.ts';
import { workspaceFields } from './stream-mapping.ts';

/** What happens to a record whose row is gone: it leaves the lists that it was put on, or a field gets a value. */
type RemovalPlan =
  | { readonly takesOff: readonly string[]; readonly field: Field }
  | { readonly value: WireValue; readonly field: Field };

type Asked = Pick<StreamConfig, 'mode' | 'lists' | 'on_removed' | 'membership'>;

/** What a stream asks for, with the defaults of its mode; `keep` leaves records as they are. */
function removedPolicy({ mode, on_removed, membership }: Asked): NonNullable<StreamConfig['on_removed']> {
  if (membership) return membership.behaviour === 'mirror' ? 'remove_from_lists' : 'keep';
  return on_removed ?? (mode === 'mirror' ? 'remove_from_lists' : 'keep');
}

/** What a policy for removed rows is checked against. */
interface RemovalAround {
  /** Where it is configured, for messages. */
  readonly path: string;
  /** The fields that the stream writes. */
  readonly written: readonly Field[];
  /** The fields that the stream knows, those included that it has made. */
  readonly known: readonly Field[];
  readonly workspace: Workspace;
}

/** Checks what a stream says of removed rows against its object and the workspace. Throws ConfigFailure where it cannot be. */
export async function removalPlan(
  object: DestinationObject,
  stream: Asked,
  { path, written, known, workspace }: RemovalAround,
): Promise<RemovalPlan | undefined> {
  const policy = removedPolicy(stream);
  if (policy === 'keep') return undefined;
  if (policy === 'remove_from_lists') {
    const field = written.find(({ type }) => type === 'lists');
    if (field === undefined) throw invalid(path, 'this stream puts no record on a list. Give it lists, or map them.');
    return { takesOff: stream.membership ? [stream.membership.list] : stream.lists, field };
  }
  const { to, value, at } =
    'set_stage' in policy
      ? { to: 'stage', value: policy.set_stage, at: `${path}.set_stage` }
      : { ...policy.set_field, at: `${path}.set_field` };
  const fields = customLabelOf(to) === undefined ? (await workspaceFields(object, [to], workspace)).fields : known;
  const found = findField(object, fields, to);
  if (!found.ok) throw invalid(`${at}.to`, found.why);
  const field = mappedAs(found.field, to);
  if (field.identity)
    throw invalid(`${at}.to`, `"${shownName(field)}" tells records apart, and is not to be the same for many.`);
  if (!routes([field], 'bulk').has(field.name)) {
    throw invalid(`${at}.to`, `"${shownName(field)}" is written only when a record is created.`);
  }
  const coerced = coerce(field, value);
  if (!coerced.ok) throw invalid(at, coerced.message);
  if (coerced.value === '') throw invalid(at, `"${shownName(field)}" needs a value that is not blank.`);
  return { field, value: coerced.value };
}

const invalid = (path: string, why: string): ConfigFailure =>
  new ConfigFailure(`${path}: ${why}`, { code: 'invalid_config' });

/** How records whose rows are gone become requests: grouped ones, wherever an endpoint takes many. */
export function removalWriter(
  base: Pick<Target, 'apollo' | 'object' | 'idsPerCall'>,
  plan: RemovalPlan,
): EstimableWriter<ApolloRecord> {
  const { field } = plan;
  const target: Target = {
    ...base,
    fields: new Map([[field.name, field]]),
    routes: routes([field], 'bulk'),
    existing: 'update',
    onMatchConflict: 'reject',
    readsBefore: false,
  };
  return apolloWriter(target, {
    version: fingerprintOf(JSON.stringify({ ...plan, field: { ...field, mappedAs: undefined } })).slice(0, 16),
    map: (row) => mapped(plan, row),
    steps: stepsOf(target, plan),
    memory: {
      // Whether Apollo holds what the row said is not known for what was changed, should the row come back.
      learned(record) {
        const { confirmed = {}, pending } = record;
        const kept = Object.entries(confirmed).filter(([name]) => name !== field.name || pending.includes(name));
        return learnedOf({ ...record, confirmed: Object.fromEntries(kept) });
      },
      rematch: () => undefined,
    },
  });
}

function stepsOf(target: Target, plan: RemovalPlan): readonly ApolloStep[] {
  if ('takesOff' in plan) return [removeFromLists(target), finish];
  return [...assign(target), bulkUpdate(target), patch(target), addToLists(target), finish];
}

/** A row of the state store: what it says of the record, and what is to be done with it. */
interface Stored {
  readonly primary_key: string;
  readonly match_key: string | null;
  readonly destination_id: string;
  readonly values: Values;
  readonly lists: readonly string[];
  readonly held: Held;
}

function mapped(plan: RemovalPlan, row: Row): Mapped<ApolloRecord> {
  const {
    primary_key: primaryKey,
    match_key,
    destination_id: id,
    values: confirmed,
    ...stored
  } = row as unknown as Stored;
  const { lists, held } = stored;
  const { name } = plan.field;
  const matchKey = match_key ?? `id:${id}`;
  const value = 'value' in plan ? plan.value : notHeld([...new Set([...plan.takesOff, ...lists])], held);
  // What a row of another stream has written is that stream's, which has rules of its own for the day when the row is gone.
  const isDone =
    'value' in plan
      ? held.fields.includes(name) || (confirmed[name] !== undefined && sameValue(plan.field, value, confirmed[name]))
      : isEmpty(value);
  const record: ApolloRecord = {
    values: { [name]: value },
    matchKey,
    identity: [],
    pending: isDone ? [] : [name],
    confirmed,
    lists,
    progress: 'found',
  };
  return { ok: true, primaryKey, matchKey, id, record, content: { removed: record.values } };
}

/** Apollo tells lists by their names, whatever their case. */
function notHeld(names: readonly string[], { lists }: Held): readonly string[] {
  const held = new Set(lists.map((name) => name.trim().toLowerCase()));
  return names.filter((name) => !held.has(name.trim().toLowerCase()));
}

const isEmpty = (value: WireValue): boolean => Array.isArray(value) && value.length === 0;
