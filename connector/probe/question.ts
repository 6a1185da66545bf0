import type { Query } from '../api/address.ts';
import type { Endpoint } from '../api/endpoints.ts';
import { endpoints } from '../api/endpoints.ts';
import type { Evidence } from './evidence.ts';

/** What a request carries. */
export interface Asked {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Query;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Instead of the question's own, where Apollo takes another method. */
  readonly endpoint?: ProbeEndpoint;
  /** Own records that it names, by id: an answer that shows another one means harm. */
  readonly concerns?: readonly string[];
}

/** One request of a probe run. All it carries follows from what was answered before, so that a run can be taken up at any place. */
export interface Question {
  /** Unique; the journal has it. */
  readonly name: string;
  readonly endpoint: ProbeEndpoint;
  /** What it does, and what it leaves behind, for the plan. */
  readonly says: string;
  /** The most records that it may add, in all runs together. */
  readonly makes?: { readonly contacts?: number; readonly accounts?: number };
  /** What it makes is what the question before it has not made. */
  readonly makesInstead?: true;
  /** Asked once in the life of a journal: the next run takes the answer from there. */
  readonly once?: true;
  /** Not sent a second time where the first answer was lost: it could add a record that the plan does not have. */
  readonly onlySentOnce?: true;
  readonly waitMs?: number;
  /** Sent with a key that is none. */
  readonly withoutKey?: true;
  /** Undefined where it cannot be asked, or need not be. */
  readonly asks: (evidence: Evidence) => Asked | undefined;
}

/** An endpoint as a probe asks it: some only a probe uses. */
type ProbeEndpoint = Omit<Endpoint, 'method'> & { readonly method: Endpoint['method'] | 'PUT' };

const { contacts, accounts, labels, fields, users } = endpoints;

const like = (endpoint: Endpoint, method: ProbeEndpoint['method'], path: string, action: string): ProbeEndpoint => ({
  ...endpoint,
  display: `${method} ${path}`,
  method,
  path,
  action,
});

/** Every endpoint that a probe asks. */
export const asked = {
  contacts: {
    ...contacts,
    create: like(contacts.bulkCreate, 'POST', 'contacts', 'contacts/create'),
    put: like(contacts.update, 'PUT', 'contacts/{id}', 'contacts/update'),
  },
  accounts: { ...accounts, put: like(accounts.update, 'PUT', 'accounts/{id}', 'accounts/update') },
  labels,
  fields,
  users,
  usage: like(users.search, 'POST', 'usage_stats/api_usage_stats', 'usage_stats/api_usage_stats'),
} as const;

/** Whether it may change something at Apollo. */
export const writes = ({ endpoint: { method, action } }: Question): boolean =>
  method !== 'GET' && !action.endsWith('/search') && action !== asked.usage.action;

/** The most records that questions may add, in all runs together. */
export const mostMade = (questions: readonly Question[], of: 'contacts' | 'accounts'): number =>
  questions.reduce((sum, { makes, makesInstead }) => sum + (makesInstead ? 0 : (makes?.[of] ?? 0)), 0);
