import { accounts } from '../catalog/account.ts';
import { domainOfLink } from '../catalog/account-link.ts';
import { requireColumn } from '../catalog/binding.ts';
import { catalogOperations } from '../catalog/catalog.ts';
import { contacts } from '../catalog/contact.ts';
import { CUSTOM_PREFIX } from '../catalog/custom-field.ts';
import { findField } from '../catalog/field-lookup.ts';
import type { CompiledMapping } from '../catalog/mapping.ts';
import { type Missing, madeOf } from '../catalog/missing.ts';
import type { DestinationObject, Field, ObjectName } from '../catalog/object.ts';
import { mappedAs, shownName } from '../catalog/shown-name.ts';
import { secretValues } from '../runtime/config/secrets.ts';
import { secretsIn } from '../runtime/config/source-secrets.ts';
import type { Decisions } from '../runtime/contract/decision.ts';
import type {
  Configured,
  Connection,
  Dependencies,
  Destination,
  Opened,
  Quota,
  Workspace as RunWorkspace,
  Use,
} from '../runtime/contract/destination.ts';
import { ConfigFailure } from '../runtime/contract/failure.ts';
import type { Inventory } from '../runtime/contract/inventory.ts';
import type { ColumnKinds, Provision } from '../runtime/contract/provision.ts';
import type { Writer } from '../runtime/contract/writer.ts';
import { createHttp } from '../runtime/http/http.ts';
import { proxyOf } from '../runtime/http/proxy.ts';
import { transportNotices } from '../runtime/http/transport-notices.ts';
import { impliedAccounts } from '../spec/accounts-stream.ts';
import { serveStream } from '../spec/airbyte-stream.ts';
import type { Config } from '../spec/config.ts';
import { madeSchema } from '../spec/made-schema.ts';
import { parseConfig } from '../spec/parse-config.ts';
import { printed } from '../spec/printed-specification.ts';
import { type StreamConfig, UPDATES } from '../spec/stream.ts';
import { unservedEntries } from '../spec/unserved-entries.ts';
import { placeOf } from './api/address.ts';
import { type Client, createClient } from './api/client.ts';
import { actionOf, endpoints } from './api/endpoints.ts';
import { APOLLO_CODES } from './api/failure-codes.ts';
import { learnLimits } from './api/learn-limits.ts';
import { quotaPlans } from './api/quota.ts';
import { knownFacts } from './probe/known-facts.ts';
import { ANSWERS, DECISIONS } from './record/decision.ts';
import { routes } from './record/routes.ts';
import type { Target } from './record/target.ts';
import { check } from './workspace/check.ts';
import { searchInventory } from './workspace/inventory.ts';
import { LOOKUPS, makeMissing } from './workspace/make-missing.ts';
import { offeredFields } from './workspace/offered-fields.ts';
import { createWorkspace, type Workspace } from './workspace/workspace.ts';
import { membershipWriter } from './writers/membership.ts';
import { existingPolicy, writeMode } from './writers/modes.ts';
import { needsOf } from './writers/needs.ts';
import { removalPlan, removalWriter } from './writers/removal.ts';
import { compileStream } from './writers/stream-mapping.ts';
import { streamWriter } from './writers/stream-writer.ts';
import { undoWriter } from './writers/undo-writer.ts';
import { versionOf } from './writers/version.ts';

type CompiledStream = Awaited<ReturnType<typeof compileStream>>;

const objects: Readonly<Record<ObjectName, DestinationObject>> = { contacts, accounts };

/** Apollo.io: rows become contacts and accounts. */
export const apollo: Destination<Config> = {
  name: 'destination-apollo',
  failureCodes: APOLLO_CODES,
  specification: () => printed,
  configure(json, use, environment, hidden = []): Configured<Config> {
    const warnings: string[] = [];
    const warn = (warning: string) => warnings.push(warning);
    const config = parseConfig(json, { environment, caller: callers[use], hidden, warn });
    const secrets = [...secretValues(madeSchema, config), ...secretsIn(config)];
    return { config, warnings, secrets };
  },
  serve: serveStream,
  unserved: unservedEntries,
  remembered: (stream) => [stream, impliedAccounts(stream)].flatMap((one) => one?.name ?? []),
  connect: (config, dependencies) => new ApolloConnection(config, dependencies),
};

const callers = { sync: 'person', airbyte: 'airbyte' } as const satisfies Record<Use, string>;

/** One workspace of Apollo, for one run. */
class ApolloConnection implements Connection<StreamConfig> {
  readonly quota: Quota;
  readonly inventory: Inventory;
  readonly proof = endpoints.users.profile.display;
  readonly #config: Config;
  readonly #dependencies: Pick<Dependencies, 'clock' | 'notice'>;
  readonly #http;
  readonly #facts: ReturnType<typeof knownFacts> | undefined;
  readonly #client: Client;
  #workspace: Workspace | undefined;
  #teamId: string | undefined;
  #actsAs: string | undefined;
  #actor: string | undefined;

  constructor(config: Config, dependencies: Dependencies) {
    const { clock, environment, version, notice, watch, maxCalls } = dependencies;
    const { rate_limits: limits } = config;
    this.#facts = config.apollo_facts === undefined ? undefined : knownFacts(config.apollo_facts);
    if (this.#facts) notice({ type: 'warning', message: this.#facts.says, code: 'apollo_facts' });
    const rateLimits = {
      known: this.#facts?.limits,
      plan: limits.plan,
      ...(limits.plan === 'custom' && {
        custom: { minute: limits.per_minute ?? 0, hour: limits.per_hour ?? 0, day: limits.per_day ?? 0 },
      }),
      reservePercent: limits.reserve_percent,
      maxWaitMs: limits.max_wait_seconds * 1000,
    };
    this.#config = config;
    this.#dependencies = dependencies;
    this.#http = createHttp({
      userAgent: `destination-apollo/${version}`,
      connections: config.concurrency,
      connectTimeoutMs: config.timeouts.connect * 1000,
      proxy: proxyOf(environment),
    });
    this.#client = createClient({
      http: this.#http,
      clock,
      credentials: config.credentials,
      baseUrl: config.api_base_url,
      maxRetries: config.retries.max_retries,
      responseTimeoutMs: config.timeouts.response * 1000,
      concurrency: config.concurrency,
      rateLimits,
      maxCalls,
      runLimits: { maxCalls: config.limits.max_calls, maxCallsPerDay: config.limits.max_calls_per_day },
      observe: transportNotices({ notice, watch }),
    });
    this.quota = {
      snapshot: () => this.#client.snapshot(),
      restore: (states) => this.#client.restore(states),
      share: (shared) => this.#client.share(shared),
      actionOf,
      plans: () => quotaPlans(rateLimits, this.#client.snapshot()),
      learn: (signal) => learnLimits(this.#client, limits.plan, signal),
    };
    this.inventory = searchInventory(this.#client, objects, (signal) => this.#workspaceOf(signal));
  }

  async prove(signal: AbortSignal): Promise<string> {
    const report = await check(this.#client, [], signal);
    this.#teamId = report.user?.teamId;
    this.#actsAs = report.user?.name;
    this.#actor = report.user?.id;
    return describe(report);
  }

  // Keys come and go, and one team has many: its id stays (docs.apollo.io/reference/get-current-user-profile, 2026-08-19; P60).
  get workspace(): RunWorkspace {
    return { id: this.#teamId, address: placeOf(this.#config.api_base_url), actsAs: this.#actsAs };
  }

  async check(signal: AbortSignal): Promise<string> {
    const needs = [];
    const written = this.#config.streams.flatMap((stream, index) =>
      [stream, impliedAccounts(stream)].flatMap((one) => (one ? [{ stream: one, path: `streams[${index}]` }] : [])),
    );
    for (const { stream, path } of written) {
      if (!stream.enabled) continue;
      const compiled = await this.#compile({ stream, path, columns: undefined }, signal);
      const { mapping, missing, optionColumns } = compiled;
      needs.push(
        ...needsOf({
          ...stream,
          ...(stream.decisions ? { existing: 'update' as const } : this.#policies(stream)),
          readsBefore: stream.read_before_update,
          mode: writeMode(stream),
          behaviour: stream.membership?.behaviour,
          fields: mapping.fields,
          routes: routesOf(stream, mapping),
          makes: {
            // Which columns there are is not known here.
            fields: missing.fields.length > 0 || (stream.create_fields && stream.mapping.length === 0),
            options: missing.options.length > 0 || optionColumns.length > 0,
          },
          removal: (await this.#removal(stream, path, compiled, signal))?.plan,
        }),
      );
    }
    return describe(await check(this.#client, needs, signal));
  }

  async discover(signal: AbortSignal) {
    const workspace = this.#workspaceOf(signal);
    const described = [];
    const warnings = new Set<string>();
    for (const object of Object.values(objects)) {
      const { value: fields, gaps } = await offeredFields(object, workspace);
      described.push({ object, fields });
      for (const gap of gaps) warnings.add(gap);
    }
    return { catalog: { operations: catalogOperations(described) }, warnings: [...warnings] };
  }

  open(
    stream: StreamConfig,
    path: string,
    columns: readonly string[] | undefined,
    signal: AbortSignal,
    kinds?: ColumnKinds,
  ): Promise<Opened> {
    return this.#open({ stream, path, columns, kinds }, signal);
  }

  async #open(asked: AskedStream, signal: AbortSignal): Promise<Opened> {
    const { stream, path } = asked;
    const compiled = await this.#compile(asked, signal);
    const { mapping, gaps, version } = compiled;
    requireProtected(stream, path, mapping);
    const { membership } = stream;
    const target: Target = {
      apollo: this.#client,
      object: objects[stream.object],
      fields: new Map(mapping.fields.map((field) => [field.name, field])),
      routes: routesOf(stream, mapping),
      onMatchConflict: stream.on_match_conflict,
      readsBefore: stream.read_before_update,
      actor: () => this.#actor,
      idsPerCall: membership?.ids_per_call,
      hasDecisions: stream.decisions !== undefined,
      ...this.#policies(stream),
    };
    const removal = await this.#removal(stream, path, compiled, signal);
    return {
      writer: membership
        ? membershipWriter(membership.behaviour, mapping, target, version)
        : streamWriter(writeMode(stream), mapping, target, version),
      warnings: [...mapping.warnings, ...gaps],
      provision: this.#provision(asked, compiled),
      referred: await this.#referred(stream, path, signal),
      decisions: decisionsOf(stream, asked),
      rekeying: { path: `${path}.max_rekeyed_percent`, maxPercent: stream.max_rekeyed_percent },
      removal: removal && {
        ...removal,
        maxPercent: stream.max_removed_percent,
        writer: removalWriter(target, removal.plan),
      },
    };
  }

  /** The stream of the accounts that are created for its contacts; undefined where none are. */
  async #referred(stream: StreamConfig, path: string, signal: AbortSignal): Promise<Opened['referred']> {
    const config = impliedAccounts(stream);
    if (config === undefined) return undefined;
    const columns = ['domain'];
    const { rekeying: _, ...opened } = await this.#open({ stream: config, path, columns }, signal);
    return { config, opened, columns, rowOf: (link) => ({ domain: domainOfLink(link) }) };
  }

  /** How the stream gets what the workspace lacks; undefined where it asks for nothing that is missing, or may be. */
  #provision(asked: AskedStream, { missing, optionColumns }: CompiledStream): Provision<Opened> | undefined {
    if (missing.fields.length === 0 && missing.options.length === 0 && optionColumns.length === 0) return undefined;
    const object = objects[asked.stream.object];
    const made = (missing: Missing) => madeOf(object, missing, { field: create.display, options: update.display });
    const { create, update } = endpoints.fields;
    const { clock, notice } = this.#dependencies;
    return {
      columns: [...new Set(optionColumns)],
      lookups: LOOKUPS,
      plan: async (values, signal) => ({
        makes: made((await this.#compile({ ...asked, values }, signal)).missing),
        opened: await this.#open({ ...asked, values }, signal),
      }),
      make: async (values, signal) => {
        const { missing } = await this.#compile({ ...asked, values }, signal);
        const around = { client: this.#client, workspace: this.#workspaceOf(signal), clock };
        const warn = (message: string) => notice({ type: 'warning', message });
        const makes = made(await makeMissing(object, missing, { ...around, warn }, signal));
        return { makes, opened: await this.#open({ ...asked, values }, signal) };
      },
    };
  }

  async #removal(
    stream: StreamConfig,
    path: string,
    { mapping, fields }: Pick<CompiledStream, 'mapping' | 'fields'>,
    signal: AbortSignal,
  ) {
    const object = objects[stream.object];
    const at = `${path}.${stream.membership ? 'membership' : 'on_removed'}`;
    const around = { path: at, written: mapping.fields, known: fields, workspace: this.#workspaceOf(signal) };
    const plan = await removalPlan(object, stream, around);
    return plan && { path: at, plan };
  }

  async undoWriter(stream: StreamConfig, names: readonly string[], signal: AbortSignal): Promise<Writer<unknown>> {
    const object = objects[stream.object];
    const isCustom = names.some((name) => name.startsWith(CUSTOM_PREFIX));
    const custom = isCustom ? (await this.#workspaceOf(signal).customFields(object)).value : [];
    const known = [...object.fields, ...custom].filter(({ name }) => names.includes(name));
    const fields = known.map((field) => asMapped(object, field, stream));
    return undoWriter({
      apollo: this.#client,
      object,
      fields: new Map(fields.map((field) => [field.name, field])),
      routes: routes(fields, stream.updates),
      existing: 'update',
      onMatchConflict: 'reject',
      readsBefore: false,
    });
  }

  alternatives(stream: StreamConfig) {
    return UPDATES.map((updates) => ({
      name: updates,
      stream: { ...stream, updates },
      isConfigured: updates === stream.updates,
    }));
  }

  refersTo({ account }: StreamConfig): string | undefined {
    return account && accounts.name;
  }

  traffic() {
    return this.#client.counters();
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  #policies(stream: StreamConfig) {
    return { existing: existingPolicy(writeMode(stream), stream.on_existing) };
  }

  #workspaceOf(signal: AbortSignal): Workspace {
    this.#workspace ??= createWorkspace(this.#client, signal);
    return this.#workspace;
  }

  async #compile(
    { stream, ...asked }: AskedStream,
    signal: AbortSignal,
  ): Promise<CompiledStream & { version: string }> {
    const object = objects[stream.object];
    const compiled = await compileStream(object, stream, { ...asked, workspace: this.#workspaceOf(signal) });
    // What is known of the workspace changes the way that values take, not the values: no row is sent again for it.
    const version = versionOf(stream, compiled.mapping);
    const facts = this.#facts;
    if (facts === undefined) return { ...compiled, version };
    const fields = compiled.mapping.fields.map((field) => facts.known(object.name, field));
    return { ...compiled, version, mapping: { ...compiled.mapping, fields } };
  }
}

/** A stream that is to be opened, and what is known of its rows. */
type AskedStream = Omit<Parameters<typeof compileStream>[2], 'workspace'> & { readonly stream: StreamConfig };

/** Throws ConfigFailure for a protected field that the stream does not write. */
function requireProtected({ protect = [] }: StreamConfig, path: string, { fields }: CompiledMapping): void {
  const names = fields.map((field) => shownName(field));
  const stray = protect.findIndex((name) => !names.includes(name) && !fields.some((field) => field.name === name));
  if (stray < 0) return;
  const message = `${path}.protect[${stray}]: ${protect[stray]} is not a field that this stream writes; expected one of ${names.join(', ')}.`;
  throw new ConfigFailure(message, { code: 'invalid_config' });
}

/** A field under the name that the stream's mapping has for it, where it has one. */
function asMapped(object: DestinationObject, field: Field, { mapping }: StreamConfig): Field {
  const entry = mapping.find(({ to }) => findField(object, [field], to).ok);
  return entry === undefined ? field : mappedAs(field, entry.to);
}

/** Where the decisions of a stream stand. Throws ConfigFailure for a column that the source does not have. */
function decisionsOf(
  { decisions }: StreamConfig,
  { path, columns }: Pick<AskedStream, 'path' | 'columns'>,
): Decisions | undefined {
  if (decisions === undefined) return undefined;
  const common = { path: `${path}.decisions`, words: DECISIONS, answers: ANSWERS };
  if (typeof decisions === 'string') return { ...common, file: decisions };
  requireColumn(columns, decisions.column, `${common.path}.column`);
  return { ...common, column: decisions.column };
}

/** Of existing records, a membership writes nothing but the list. */
const routesOf = ({ membership, updates }: StreamConfig, { fields }: CompiledMapping) =>
  routes(membership ? fields.filter(({ type }) => type === 'lists') : fields, updates);

const describe = ({ user, notes }: Awaited<ReturnType<typeof check>>): string =>
  [
    user ? `Apollo accepts the credentials; requests act as ${user.name}.` : 'Apollo accepts the credentials.',
    ...notes,
  ].join(' ');
