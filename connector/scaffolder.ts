import { accounts } from '../catalog/account.ts';
import { coerce } from '../catalog/coerce.ts';
import { contacts } from '../catalog/contact.ts';
import { customIdOf } from '../catalog/custom-field.ts';
import { fieldNamed } from '../catalog/field-lookup.ts';
import { keyFieldsOf } from '../catalog/identity-keys.ts';
import type { DestinationObject, Field } from '../catalog/object.ts';
import { keyNames } from '../catalog/suggesting/key-names.ts';
import { suggestMapping } from '../catalog/suggesting/suggestion.ts';
import { systemClock } from '../runtime/contract/clock.ts';
import { Failure } from '../runtime/contract/failure.ts';
import { createHttp } from '../runtime/http/http.ts';
import type { Sample } from '../runtime/init/init-source.ts';
import type { Access, Scaffolder, Suggestion } from '../runtime/init/scaffolder.ts';
import { withStream } from '../spec/added-stream.ts';
import { API_KEY_VARIABLE } from '../spec/connection.ts';
import { editorSchema } from '../spec/editor-schema.ts';
import { firstConfig, SCHEMA_PATH } from '../spec/first-config.ts';
import { parseConfig } from '../spec/parse-config.ts';
import { createClient } from './api/client.ts';
import { createWorkspace, type Workspace } from './workspace/workspace.ts';

const objects: readonly DestinationObject[] = [contacts, accounts];

/** What Apollo's objects and a workspace say to someone who begins. */
export const scaffolder = (version: string): Scaffolder => ({
  objects: objects.map(({ name }) => name),
  keyVariable: API_KEY_VARIABLE,
  schemaPath: SCHEMA_PATH,
  schema: editorSchema,
  text: firstConfig,
  extended: withStream,
  async suggest(name, sample, access, signal) {
    const object = objects.find((one) => one.name === name)!;
    const { fields, notes } = await fieldsOf(object, sample, access, version, signal);
    return suggestion(object, fields, sample, notes);
  },
});

function suggestion(
  object: DestinationObject,
  fields: readonly Field[],
  sample: Sample,
  notes: readonly string[],
): Suggestion {
  const columns = sample.columns.map((column) => ({
    name: column,
    values: sample.rows
      .map((row) => row[column])
      .filter((value) => value !== null && value !== undefined && value !== ''),
  }));
  const { mapping, costly, left } = suggestMapping(object, fields, columns);
  const named = mapping.map(({ to }) => to);
  const ways = keyFieldsOf(object.name).filter((way) => way.every((field) => named.includes(field)));
  const [way] = ways;
  const byNames = way === undefined || way.includes(object.matchField) ? [] : [foundBy(object, way)];
  return {
    mapping,
    costly: costly.map(({ filled, ...entry }) => ({ ...entry, cost: costText(filled, sample) })),
    left,
    notes: [...notes, ...byNames],
    matchField: object.matchField,
    isIdentified: way !== undefined,
    otherWays:
      way === undefined
        ? keyFieldsOf(object.name)
            .filter((fields) => isByName(fields))
            .map(byName)
        : [],
    matchable: matchable(object, columns),
    keys: keyNames(object.name, sample.columns),
  };
}

const isByName = (fields: readonly string[]): boolean =>
  fields.some((field) => field === 'name' || field === 'last_name');

const byName = (fields: readonly string[]): string =>
  fields.length === 1 ? `The ${fields[0]} alone identifies too` : `${joined(fields)} together identify too`;

const foundBy = ({ name, matchField }: DestinationObject, way: readonly string[]): string =>
  `No column holds the ${matchField}: ${name} are found by ${joined(way)}${way.length > 1 ? ' together' : ''}.`;

const joined = (fields: readonly string[]): string =>
  fields.length < 2 ? fields.join('') : `${fields.slice(0, -1).join(', ')} and ${fields.at(-1)}`;

function matchable(object: DestinationObject, columns: Parameters<typeof suggestMapping>[2]): Suggestion['matchable'] {
  const field = object.fields.find(({ name }) => name === object.matchField)!;
  return columns.flatMap(({ name, values }) => {
    const fits = values.filter((value) => coerce(field, value).ok).length;
    return fits === 0 ? [] : [{ column: name, isMost: fits * 2 >= values.length }];
  });
}

// Basic and Professional allow 400 calls an hour to an endpoint (docs.apollo.io/reference/rate-limits, 2026-08-19).
const callsAnHour = 400;

/** What a field costs that only PATCH takes, for all rows. */
function costText(filled: number, { rows, total = rows.length }: Sample): string {
  const calls = rows.length === 0 ? total : Math.round((filled / rows.length) * total);
  const hours = Math.ceil(calls / callsAnHour);
  const time = hours > 1 ? `, ${hours.toLocaleString('en-US')} hours at ${callsAnHour} calls an hour` : '';
  return `costs a request for each record: ${calls.toLocaleString('en-US')} ${calls === 1 ? 'call' : 'calls'} in the whole${time}`;
}

interface Known {
  readonly fields: readonly Field[];
  readonly notes: readonly string[];
}

/** The fields of an object, with what the workspace adds to them where it can be asked. */
async function fieldsOf(
  object: DestinationObject,
  { columns }: Sample,
  access: Access,
  version: string,
  signal: AbortSignal,
): Promise<Known> {
  if (access.key === undefined) {
    return {
      fields: object.fields,
      notes: ['Without the key, custom fields, stages and owners could not be looked up.'],
    };
  }
  const http = createHttp({ userAgent: `destination-apollo/${version}`, connections: 4, proxy: access.proxy });
  try {
    const workspace = createWorkspace(clientOf(http, access, access.key), signal);
    return await workspaceFields(object, columns, workspace);
  } catch (error) {
    // A wrong key must not keep `init` from going on: `check` will say it again.
    if (!(error instanceof Failure)) throw error;
    return { fields: object.fields, notes: [`Custom fields, stages and owners are not known: ${error.message}`] };
  } finally {
    await http.close();
  }
}

function clientOf(http: ReturnType<typeof createHttp>, { apiBaseUrl }: Access, key: string) {
  const credentials = { auth_type: 'api_key', api_key: key } as const;
  const json = { credentials, ...(apiBaseUrl !== undefined && { api_base_url: apiBaseUrl }) };
  const { api_base_url: baseUrl } = parseConfig(json, { environment: {}, caller: 'airbyte' });
  const rateLimits = { plan: 'auto', reservePercent: 0, maxWaitMs: 5000 } as const;
  return createClient({ http, clock: systemClock, credentials, baseUrl, maxRetries: 1, concurrency: 4, rateLimits });
}

/** Stages and users are asked for only where a column may be meant for them. */
async function workspaceFields(
  object: DestinationObject,
  columns: readonly string[],
  workspace: Workspace,
): Promise<Known> {
  const { value: custom, gaps } = await workspace.customFields(object);
  const named = new Set(columns.map((column) => fieldNamed(object.fields, column)));
  const fields = await Promise.all(
    object.fields.map(async (field): Promise<Field> => {
      if (named.has(field) && field.type === 'stage') return { ...field, options: await workspace.stages(object.name) };
      if (named.has(field) && field.type === 'owner') return { ...field, options: await workspace.users() };
      return field;
    }),
  );
  const none = custom.some((field) => customIdOf(field) !== undefined) ? [] : ['The workspace has no custom fields.'];
  return { fields: [...fields, ...custom], notes: [...gaps, ...none] };
}
