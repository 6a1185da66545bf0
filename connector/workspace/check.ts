import type { ObjectName } from '../../catalog/object.ts';
import { ConfigFailure, RecordFailure, TransientFailure } from '../../runtime/contract/failure.ts';
import type { Call, Client } from '../api/client.ts';
import { type Endpoint, endpoints } from '../api/endpoints.ts';
import { WHERE_KEYS_ARE_MADE } from '../api/failures.ts';
import { anything, health, profile } from '../api/wire.ts';

/** An endpoint that the configuration will call, and what for: `create contacts (stream customers)`. */
export interface Need {
  readonly endpoint: Endpoint;
  readonly to: string;
}

/** What was found out about credentials that are good enough. */
interface CheckReport {
  /** As whom requests are made; absent where the credentials may not ask. */
  readonly user?: { readonly id: string; readonly name: string; readonly teamId: string | undefined };
  /** What a person should know though nothing is wrong: a spent quota, a scope that could not be proved. */
  readonly notes: readonly string[];
}

/**
 * Proves the credentials and every scope that is needed, without writing anything. Throws a ConfigFailure that names all
 * that is missing, or the TransientFailure that kept it from finding out.
 */
export async function check(client: Client, needs: readonly Need[], signal: AbortSignal): Promise<CheckReport> {
  const ask: Ask = (endpoint, request) => client.call(endpoint, { ...request, idempotent: true, maxWaitMs }, signal);
  const { user, notes } = await whoAmI(ask);
  const findings = await Promise.all(
    [...byEndpoint(needs)].map(([endpoint, purposes]) => probe(ask, endpoint, purposes)),
  );
  const missing = findings.flatMap(({ lacks }) => lacks ?? []);
  if (missing.length > 0) throw lacking(missing);
  return { ...(user && { user }), notes: [...notes, ...findings.flatMap(({ note }) => note ?? [])] };
}

// A check answers soon; a window that opens later than this is reported, not waited for.
const maxWaitMs = 5000;

type Ask = <T>(endpoint: Endpoint, request: Omit<Call<T>, 'idempotent' | 'maxWaitMs'>) => Promise<T>;

/** Health answers 200 to any key, so it only counts where the key may not ask who it is. */
async function whoAmI(ask: Ask): Promise<CheckReport> {
  try {
    const { first_name, last_name, id, team_id } = await ask(endpoints.users.profile, { schema: profile });
    const name = [first_name, last_name].filter((part) => part).join(' ');
    return { user: { id, name: name === '' ? `user ${id}` : name, teamId: team_id ?? undefined }, notes: [] };
  } catch (failure) {
    if (isSpent(failure)) return { notes: [failure.message] };
    if (!(failure instanceof ConfigFailure && narrowable.has(failure.code))) throw failure;
  }
  const { is_logged_in } = await ask(endpoints.auth.health, { schema: health });
  if (is_logged_in) {
    return { notes: [`Who the credentials act as is not known: they lack ${endpoints.users.profile.scope}.`] };
  }
  const message = `Apollo refused the credentials. Check them, or create a new key ${WHERE_KEYS_ARE_MADE}.`;
  throw new ConfigFailure(message, { code: 'unauthorized', endpoint: endpoints.auth.health.display });
}

/** Failures that concern one endpoint, not the credentials as such. */
const narrowable = new Set(['missing_scope', 'plan_too_low', 'forbidden']);

const isSpent = (failure: unknown): failure is TransientFailure =>
  failure instanceof TransientFailure && failure.code === 'quota_exhausted';

interface Lack {
  readonly failure: ConfigFailure;
  readonly endpoint: Endpoint;
  readonly purposes: readonly string[];
}

/** Nothing, where all is well. */
interface Finding {
  readonly lacks?: Lack;
  readonly note?: string;
}

async function probe(ask: Ask, endpoint: Endpoint, purposes: readonly string[]): Promise<Finding> {
  try {
    await ask(endpoint, { ...requestThatWritesNothing(endpoint), schema: anything });
    return {};
  } catch (failure) {
    if (failure instanceof ConfigFailure && narrowable.has(failure.code))
      return { lacks: { failure, endpoint, purposes } };
    // A key that lacks the scope does not get as far as the quota.
    if (isSpent(failure)) return { note: failure.message };
    if (!(failure instanceof RecordFailure)) throw failure;
    if (refusesTheRequest.test(failure.message)) return {};
    return { note: `Whether ${endpoint.display} is allowed could not be proved. ${failure.message}` };
  }
}

// Authorisation is decided before validation, as far as anybody knows (inferred from the samples of
// docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19): a request that can only be refused tells the two apart.
const refusesTheRequest =
  /please (provide|enter)|required parameter|not a valid id|misconfigured|not exist|deleted|not authorized to view|invalid modality|not found|could not be found|is not allowed|is required/i;

// Well-formed, and of no record: ids begin with the time of their making, and this one is of 1970.
const NO_RECORD = '000000000000000000000000';
const modality: ObjectName = 'contacts';
const noRecords = { body: { entity_ids: [], label_names: [], modality } };

const special = new Map<Endpoint, Partial<Call<unknown>>>([
  // Answers 200 {"message":"No Models or Lists provided"} (docs.apollo.io/reference/add-records-to-a-list, 2026-08-19).
  [endpoints.labels.add, noRecords],
  [endpoints.labels.remove, noRecords],
  [endpoints.users.search, { query: { page: 1, per_page: 1 } }],
  [endpoints.fields.index, { query: { source: 'custom' } }],
  // No page says what `POST /fields` refuses. This has a name that Apollo keeps for itself, of no object and no type.
  [endpoints.fields.create, { body: { label: 'powerup_' } }],
  // 422 "Some fields could not be found" (docs.apollo.io/reference/update-a-custom-field, 2026-08-19).
  [endpoints.fields.update, { body: { fields: [{ id: `contact.${NO_RECORD}` }] } }],
  [endpoints.contacts.updateStages, {}],
  [endpoints.contacts.updateOwners, {}],
  [endpoints.accounts.updateOwners, {}],
]);

function requestThatWritesNothing(endpoint: Endpoint): Partial<Call<unknown>> {
  const request = special.get(endpoint);
  if (request !== undefined) return request;
  const params = endpoint.path.includes('{id}') ? { params: { id: NO_RECORD } } : {};
  return endpoint.method === 'GET' ? params : { ...params, body: {} };
}

function byEndpoint(needs: readonly Need[]): Map<Endpoint, string[]> {
  const purposes = new Map<Endpoint, string[]>();
  for (const { endpoint, to } of needs) purposes.set(endpoint, [...(purposes.get(endpoint) ?? []), to]);
  return purposes;
}

/** All of it in one message: a person who has to make a new key wants to make it once. */
function lacking(missing: readonly Lack[]): ConfigFailure {
  const [only] = missing;
  const scopes = missing.filter(({ failure }) => failure.code === 'missing_scope');
  const lines = missing.map(({ failure, endpoint, purposes }) =>
    failure.code === 'missing_scope'
      ? `${endpoint.scope} (OAuth: ${endpoint.oauthScope}), to ${purposes.join(' and to ')}`
      : `${failure.message} It is needed to ${purposes.join(' and to ')}`,
  );
  const hint = ` Use a key that has them all, or a master key; keys are made ${WHERE_KEYS_ARE_MADE}.`;
  const message = `The credentials are valid, but lack: ${lines.join('; ')}.${scopes.length > 0 ? hint : ''}`;
  return new ConfigFailure(message, {
    code: scopes.length > 0 ? 'missing_scope' : only!.failure.code,
    endpoint: only!.endpoint.display,
    httpStatus: 403,
  });
}
