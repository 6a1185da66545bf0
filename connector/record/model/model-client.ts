import { canonicalEmail, comparableName } from '../../../catalog/normalise.ts';
import type { DestinationObject } from '../../../catalog/object.ts';
import type { RequestSent } from '../../../runtime/contract/estimate.ts';
import type { Mirrored } from '../../../runtime/contract/mirror.ts';
import type { Call, Client } from '../../api/client.ts';
import { type Endpoint, endpoints } from '../../api/endpoints.ts';
import type { BulkCreated } from '../../api/wire.ts';
import type { ModelRecords } from './model-records.ts';

type Shown = Mirrored['shown'];
type Asked = Pick<Call<unknown>, 'params' | 'query' | 'body'>;

interface ModelOptions {
  readonly object: DestinationObject;
  readonly records: ModelRecords;
  /** As whom requests act: who owns what is made without an owner. */
  readonly actor: string | undefined;
  readonly sent: RequestSent;
}

/** The keys that a bulk create shows of a record (docs.apollo.io/reference/bulk-create-contacts and bulk-create-accounts, 2026-08-19). */
const slimKeys = {
  contacts: [
    ...['id', 'first_name', 'last_name', 'email', 'title', 'organization_name', 'linkedin_url', 'owner_id'],
    ...['contact_stage_id', 'created_at', 'updated_at'],
  ],
  accounts: [
    ...['id', 'name', 'domain', 'owner_id', 'account_stage_id', 'phone', 'linkedin_url', 'created_at', 'updated_at'],
  ],
} as const;

/** Of these, the ones that a record without them does not show. */
const isLeftOut = (key: string, value: unknown): boolean => key === 'linkedin_url' && (value ?? null) === null;

/**
 * A client whose requests go to what is known of Apollo instead of Apollo: it answers as the documents say, takes everything that is
 * sent, and has no rate limits. What an estimate with an inventory is made with.
 */
export function modelClient(options: ModelOptions): Client {
  const answers = answersOf(options);
  return {
    async call<T>(endpoint: Endpoint, wanted: Call<T>): Promise<T> {
      options.sent(endpoint.display, wanted.fields);
      await wanted.before?.();
      // As answers do, this one comes when all that could be sent meanwhile is sent: which requests come first is as in a run.
      await new Promise<void>((resolve) => setImmediate(resolve));
      const answer = answers.get(endpoint);
      if (answer === undefined) throw new Error(`An estimate has no answer to ${endpoint.display}.`);
      return wanted.schema.parse(await answer(wanted)) as T;
    },
    closed: () => undefined,
    counters: () => ({ calls: {}, retries: 0, rateLimited: 0 }),
    skewMs: () => 0,
    areLimitsKnown: () => true,
    quota: () => ({}),
    snapshot: () => ({}),
    restore: () => undefined,
    share: () => undefined,
  };
}

type AnswerTo = (asked: Asked) => Promise<unknown>;

function answersOf(options: ModelOptions): ReadonlyMap<Endpoint, AnswerTo> {
  const { object, records } = options;
  const { name, singular } = object;
  const own: Readonly<Record<string, Endpoint>> = endpoints[name];
  const written = (id: string, values: Shown) => writtenTo(options, id, values);
  const grouped = async ({ query = {} }: Asked) => {
    const { [`${singular}_ids`]: ids, ...values } = query as Readonly<Record<string, unknown>>;
    return { [name]: await all(idsOf(ids), (id) => written(id, values)) };
  };
  const lists: AnswerTo = async ({ body }) => {
    const { label_names: names } = body as { readonly label_names: readonly string[] };
    return { labels: names.map((list) => ({ name: list })) };
  };
  return new Map<Endpoint, AnswerTo>([
    [own['bulkCreate']!, ({ body }) => bulkCreated(options, body as Shown)],
    [
      own['bulkUpdate']!,
      async ({ body }) => {
        const entries = (body as Readonly<Record<string, readonly (Shown & { readonly id: string })[]>>)[
          `${singular}_attributes`
        ]!;
        return { [name]: await all(entries, ({ id, ...values }) => written(id, values)) };
      },
    ],
    [own['update']!, async ({ params, body }) => ({ [singular]: await written(params!['id']!, body as Shown) })],
    [
      own['show']!,
      async ({ params }) => ({ [singular]: (await records.read(params!['id']!))?.shown ?? { id: params!['id'] } }),
    ],
    [
      own['search']!,
      async ({ body }) => ({ [name]: (await searched(options, body as Shown)).map(({ shown }) => shown) }),
    ],
    ...(own['updateStages'] ? ([[own['updateStages'], grouped]] as const) : []),
    [own['updateOwners']!, grouped],
    [endpoints.labels.add, lists],
    [endpoints.labels.remove, lists],
  ]);
}

const idsOf = (ids: unknown): readonly string[] => (Array.isArray(ids) ? ids : [ids]).map(String);

async function all<T>(entries: readonly T[], answer: (entry: T) => Promise<unknown>): Promise<readonly unknown[]> {
  const answers: unknown[] = [];
  for (const entry of entries) answers.push(await answer(entry));
  return answers;
}

async function bulkCreated({ object: { name }, records, actor }: ModelOptions, body: Shown) {
  const entries = body[name] as readonly Shown[];
  const owner = body['owner_id'] ?? actor;
  const found = await records.findOrMake(entries, {
    by: body['run_dedupe'] === true ? 'every key' : 'CRM ids',
    made: (entry) => ({ owner_id: owner ?? null, ...entry }),
  });
  const slims = (which: keyof BulkCreated) =>
    found.filter(({ as }) => as === which).map(({ record: { shown } }) => slimOf(name, shown, which));
  return { [`created_${name}`]: slims('created'), [`existing_${name}`]: slims('existing') };
}

/** What a bulk create shows of a record. What is not known of one that was there is not shown either. */
function slimOf(name: keyof typeof slimKeys, shown: Shown, as: keyof BulkCreated): Shown {
  const keys = slimKeys[name].filter((key) => (as === 'created' || key in shown) && !isLeftOut(key, shown[key]));
  return Object.fromEntries(keys.map((key) => [key, shown[key] ?? null]));
}

/** A record as an update shows it: what was written, and by which key it is known where that may be another one. */
async function writtenTo({ object, records }: ModelOptions, id: string, values: Shown): Promise<Shown> {
  const { matchField } = object;
  const before = records.isRenamed(id) ? await records.read(id) : undefined;
  await records.change(id, values);
  const { contact_emails: further } = before?.shown ?? {};
  return {
    ...(before && { [matchField]: before.shown[matchField] ?? null }),
    ...(further !== undefined && { contact_emails: further }),
    ...values,
    id,
  };
}

/** What a search by an address or by a name finds. */
async function searched({ records }: ModelOptions, body: Shown): Promise<readonly Mirrored[]> {
  const [words, company] = [body['q_keywords'], body['q_organization_name']];
  if (typeof words === 'string') return records.withKey(`email:${canonicalEmail(words) ?? words}`);
  return typeof company === 'string' ? records.withKey(`name:${comparableName(company)}`) : [];
}
