import { customIdOf } from '../../catalog/custom-field.ts';
import type { EndpointName, Field, ObjectName } from '../../catalog/object.ts';
import type { StreamConfig } from '../../spec/stream.ts';
import { type Endpoint, endpoints } from '../api/endpoints.ts';
import { type Routes, routes } from '../record/routes.ts';
import type { ExistingPolicy } from '../record/target.ts';
import type { Need } from '../workspace/check.ts';
import type { Mode } from './modes.ts';
import type { removalPlan } from './removal.ts';

/** A stream, as far as it decides which endpoints are called. */
interface StreamNeeds {
  readonly name: string;
  readonly object: ObjectName;
  readonly mode: Mode;
  readonly existing: ExistingPolicy;
  readonly readsBefore: boolean;
  /** The mapped fields, lists included. */
  readonly fields: readonly Field[];
  readonly routes: Routes;
  /** Whether custom fields, and options of picklists, may have to be made. */
  readonly makes: { readonly fields: boolean; readonly options: boolean };
  /** Of a stream that keeps a list. */
  readonly behaviour?: NonNullable<StreamConfig['membership']>['behaviour'] | undefined;
  /** What happens to records whose rows are gone. */
  readonly removal?: Awaited<ReturnType<typeof removalPlan>>;
  /** What happens to records that somebody has changed at Apollo. */
  readonly drift?: StreamConfig['drift'];
}

/** Every endpoint that a stream may call, with the reason for it. */
export function needsOf(stream: StreamNeeds): readonly Need[] {
  const { object, name, fields } = stream;
  const need = (endpoint: Endpoint | undefined, to: string): Need[] =>
    endpoint === undefined ? [] : [{ endpoint, to: `${to} (stream ${name})` }];
  const has = (type: Field['type']): boolean => fields.some((field) => field.type === type);
  const written: ReadonlySet<EndpointName> = stream.behaviour === 'remove' ? new Set() : routesTaken(stream);
  return [
    ...(finds(stream) ? need(endpoints[object].bulkCreate, `create and find ${object}`) : []),
    ...[...written].flatMap((route) => need(writers[route]?.(object), purposes[route] ?? `write ${object}`)),
    ...(stream.existing === 'fill_blanks' || stream.readsBefore || (finds(stream) && object === 'contacts')
      ? need(endpoints[object].show, `read ${object} before they are changed`)
      : []),
    ...(repairs(stream) && !written.has('bulkUpdate')
      ? need(endpoints[object].bulkUpdate, `give ${object} back what was changed by hand`)
      : []),
    ...removing(stream).flatMap((endpoint) => need(endpoint, `see to ${object} whose rows are gone`)),
    ...(has('stage') ? need(endpoints[object].stages, 'know the stages') : []),
    ...(has('owner') ? need(endpoints.users.search, 'know the users that can be owners') : []),
    ...(fields.some((field) => customIdOf(field) !== undefined)
      ? need(endpoints.fields.index, 'know the custom fields')
      : []),
    ...(stream.makes.fields ? need(endpoints.fields.create, 'make custom fields') : []),
    ...(stream.makes.options ? need(endpoints.fields.update, 'add options to picklists') : []),
  ];
}

const finds = ({ mode, behaviour = 'upsert' }: StreamNeeds): boolean => mode !== 'update' && behaviour === 'upsert';

/** Whether changes by hand are undone, many in a request. */
const repairs = ({ drift, existing, fields, behaviour }: StreamNeeds): boolean =>
  drift === 'repair' &&
  existing === 'update' &&
  behaviour === undefined &&
  fields.some(({ writable }) => writable.bulkUpdate !== undefined);

/** What takes records off lists, or gives a field its last value. */
function removing({ object, behaviour, removal }: StreamNeeds): readonly (Endpoint | undefined)[] {
  if (behaviour === 'remove' || (removal && 'takesOff' in removal)) return [endpoints.labels.remove];
  if (removal === undefined) return [];
  const { field } = removal;
  return [...routes([field], 'bulk').taken([field.name])].map((route) => writers[route]?.(object));
}

const writers: Partial<Record<EndpointName, (object: ObjectName) => Endpoint | undefined>> = {
  patch: (object) => endpoints[object].update,
  bulkUpdate: (object) => endpoints[object].bulkUpdate,
  stages: () => endpoints.contacts.updateStages,
  owners: (object) => endpoints[object].updateOwners,
  labels: () => endpoints.labels.add,
};

const purposes: Partial<Record<EndpointName, string>> = {
  labels: 'add records to lists',
  stages: 'change stages',
  owners: 'change owners',
};

/** Routes to existing records; where those are kept as they are, only what a create cannot write. */
function routesTaken({ mode, existing, fields, behaviour, routes: taken }: StreamNeeds): ReadonlySet<EndpointName> {
  const later = fields.filter(
    ({ writable }) =>
      mode === 'update' || behaviour !== undefined || existing !== 'keep' || writable.create === undefined,
  );
  return taken.taken(later.map(({ name }) => name));
}
