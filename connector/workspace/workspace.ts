import { type CustomFieldItem, customFields } from '../../catalog/custom-field.ts';
import type { DestinationObject, Field, ObjectName, Option } from '../../catalog/object.ts';
import { ConfigFailure, type Failure, RecordFailure, TransientFailure } from '../../runtime/contract/failure.ts';
import type { Client } from '../api/client.ts';
import { type Endpoint, endpoints } from '../api/endpoints.ts';
import {
  fieldsListed,
  type Label,
  labelsListed,
  stagesListed,
  typedCustomFieldsListed,
  type User,
  usersFound,
  type Wire,
} from '../api/wire.ts';

/** Something that was asked for, and what could not be learned about it, in words for a person. */
interface Learned<T> {
  readonly value: T;
  readonly gaps: readonly string[];
}

/** What a workspace has of its own. Each thing is asked for once, when it is first needed. */
export interface Workspace {
  /** Items of both custom-field endpoints, for `customFields`. Throws when neither answers. */
  customFieldItems(): Promise<Learned<readonly CustomFieldItem[]>>;
  customFields(object: Pick<DestinationObject, 'singular'>): Promise<Learned<readonly Field[]>>;
  /** Has custom fields asked for again by whoever needs them next. */
  forgetCustomFields(): void;
  /** A custom field that is there, though lists may not show it yet. */
  addCustomField(item: CustomFieldItem): void;
  stages(object: ObjectName): Promise<readonly Option[]>;
  /** Users that can own records, by e-mail and by name. Deleted ones are left out. */
  users(): Promise<readonly Option[]>;
  labels(object: ObjectName): Promise<readonly Label[]>;
}

/** Asks nothing yet. Every request ends with `signal`. */
export function createWorkspace(client: Client, signal: AbortSignal): Workspace {
  const get = <T>(endpoint: Endpoint, schema: Wire<T>, query: Record<string, string | number> = {}): Promise<T> =>
    client.call(endpoint, { query, schema, idempotent: true }, signal);

  const added: CustomFieldItem[] = [];
  let asked = once(() => customFieldItems(get));
  const items = async () => {
    const { value, gaps } = await asked();
    // What Apollo lists has the word on what it lists.
    return { value: [...value, ...added], gaps };
  };
  const users = once(() => allUsers(get));
  const labels = once(() => get(endpoints.labels.index, labelsListed));
  const stages = {
    contacts: once(() => get(endpoints.contacts.stages, stagesListed('contacts'))),
    accounts: once(() => get(endpoints.accounts.stages, stagesListed('accounts'))),
  };
  return {
    customFieldItems: items,
    async customFields(object) {
      const { value, gaps } = await items();
      const namesUsers = value.some(({ type }) => typeof type === 'string' && type.startsWith('lookup_user'));
      return { value: customFields(object, value, namesUsers ? await users() : undefined), gaps };
    },
    forgetCustomFields() {
      asked = once(() => customFieldItems(get));
    },
    addCustomField: (item) => void added.push(item),
    stages: (object) => stages[object](),
    users,
    labels: async (object) => (await labels()).filter(({ modality }) => modality === object),
  };
}

type Get = <T>(endpoint: Endpoint, schema: Wire<T>, query?: Record<string, string | number>) => Promise<T>;

/** A failure is not remembered: the next to ask tries again. */
function once<T>(fetch: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined;
  return () => {
    value ??= fetch().catch((error: unknown) => {
      value = undefined;
      throw error;
    });
    return value;
  };
}

const sources = [
  {
    endpoint: endpoints.fields.index,
    schema: fieldsListed,
    query: { source: 'custom' },
    without: 'custom fields that only the newer list has are not known',
  },
  {
    endpoint: endpoints.fields.typed,
    schema: typedCustomFieldsListed,
    query: {},
    // The only documented answer that shows them (docs.apollo.io/reference/get-a-list-of-all-custom-fields, 2026-08-19; P63).
    without: 'options of picklists may have to be given by id, and text is not checked for its length',
  },
] as const;

/** Either endpoint may be closed to a key, or be gone some day; together they know all there is. */
async function customFieldItems(get: Get): Promise<Learned<readonly CustomFieldItem[]>> {
  const answers = await Promise.all(
    sources.map(({ endpoint, schema, query }) => get<readonly CustomFieldItem[]>(endpoint, schema, query).catch(asGap)),
  );
  const gaps = answers.flatMap((answer, i) =>
    isGap(answer) ? [`${answer.message} Without ${sources[i]!.endpoint.display}, ${sources[i]!.without}.`] : [],
  );
  const [first] = answers;
  if (gaps.length === answers.length && isGap(first)) throw first;
  return { value: answers.flatMap((answer) => (isGap(answer) ? [] : answer)), gaps };
}

/** Whether a value is such a failure. */
export const isGap = (answer: unknown): answer is Failure =>
  answer instanceof ConfigFailure ||
  answer instanceof RecordFailure ||
  // A page for 404, after all retries: the endpoint may be gone.
  (answer instanceof TransientFailure && answer.httpStatus === 404);

/** Where an endpoint is closed to the key or gone, the failure comes back as a value; anything else is thrown. */
export function asGap(failure: unknown): Failure {
  if (isGap(failure) && [402, 403, 404, 405, 422].includes(failure.httpStatus ?? 0)) return failure;
  throw failure;
}

const USERS_A_PAGE = 100;
const MAX_PAGES = 500;

async function allUsers(get: Get): Promise<readonly Option[]> {
  const known = new Map<string, User>();
  for (let page = 1; page <= MAX_PAGES; page++) {
    const { users, pagination } = await get(endpoints.users.search, usersFound, { page, per_page: USERS_A_PAGE });
    const fresh = users.filter(({ id }) => !known.has(id));
    for (const user of fresh) known.set(user.id, user);
    // Without a number of pages the next one is asked for while pages are full, and bring somebody new.
    const isLast = pagination?.total_pages == null ? users.length < USERS_A_PAGE : page >= pagination.total_pages;
    if (isLast || fresh.length === 0) break;
  }
  // Deleted users are in the list (docs.apollo.io/reference/get-a-list-of-users, 2026-08-19) and can own nothing.
  return [...known.values()].filter(({ deleted }) => deleted !== true).map(userOption);
}

function userOption({ id, email, name, first_name, last_name }: User): Option {
  const full = [first_name, last_name].filter((part) => part).join(' ');
  const names = [email, name, full].filter((one): one is string => typeof one === 'string' && one !== '');
  return { id, names: [...new Set(names)] };
}
