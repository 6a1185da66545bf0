import {
  forbidden,
  invalidToken,
  keyInQuery,
  noAccessToLists,
  notFound,
  notJson,
  paidPlansOnly,
  tooManyRequests,
  unauthorized,
} from '../calls/failures.ts';
import { ok, Refusal, type Reply } from '../calls/reply.ts';
import type { Attributes } from '../store/records.ts';
import type { Caller } from './credentials.ts';
import { type Endpoint, type Route, route } from './endpoints.ts';
import { inOddForm } from './odd-forms.ts';
import { departures } from './strict.ts';
import type { Team } from './team.ts';
import type { ActiveTrouble, StatusFault } from './trouble.ts';
import { htmlPage, troubleReply } from './trouble-replies.ts';

/** A request off the wire. */
interface Incoming {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
  readonly rawBody: string;
}

/** What goes back: a reply, perhaps with a damaged body, or nothing but a closed connection. */
export type Outgoing = 'dropped' | { readonly reply: Reply; readonly damage: 'truncated' | 'empty' | null };

interface Request {
  readonly incoming: Incoming;
  readonly path: string;
  readonly query: URLSearchParams;
  /** Null for a body that is not JSON. */
  readonly body: Attributes | null;
  readonly route: Route | null;
  readonly action: string | null;
}

const HEALTH = 'auth/health';
const READS: ReadonlySet<string> = new Set([
  HEALTH,
  'contacts/search',
  'accounts/search',
  'users/search',
  'usage_stats/api_usage_stats',
]);

/** Answers one request: script, then key, scope, plan, strictness, windows, and the endpoint itself. */
export async function exchange(team: Team, incoming: Incoming): Promise<Outgoing> {
  const request = read(incoming);
  const { path, action, body } = request;
  const seen = { method: incoming.method, path, action, body };
  await team.options.onRequest?.(seen);
  const trouble = team.trouble.take({
    ...seen,
    template: request.route?.endpoint.path ?? null,
    rawBody: incoming.rawBody,
  });
  const outgoing = await underTrouble(team, request, trouble);
  log(team, request, outgoing);
  return outgoing;
}

async function underTrouble(team: Team, request: Request, trouble: ActiveTrouble): Promise<Outgoing> {
  for (const { key } of trouble.revoke) team.credentials.revoke(key ?? request.incoming.apiKey ?? '');
  await delay(team, trouble, 'before');
  const { answer } = trouble;
  const scripted = (fault: StatusFault): Outgoing => ({
    reply: troubleReply(fault, request.action ?? 'unknown', team.clock.now()),
    damage: null,
  });
  if (answer?.kind === 'drop') return 'dropped';
  if (answer?.kind === 'status') return scripted(answer);
  const reply = serve(team, request, trouble);
  const done = reply.status < 300;
  if (done && isWrite(request)) {
    const { method } = request.incoming;
    await team.options.onApplied?.({ method, path: request.path, action: request.action, body: request.body });
  }
  await delay(team, trouble, 'after');
  if (!done || answer === null) return { reply, damage: null };
  if (answer.kind === 'applied-then-drop') return 'dropped';
  if (answer.kind === 'applied-then-status') return scripted(answer);
  if (answer.kind === 'odd-form') return { reply: inOddForm(reply, answer.form), damage: null };
  return { reply, damage: answer.kind };
}

/** Waits as scripted, before or after the request is served. */
async function delay(team: Team, { delays }: ActiveTrouble, time: 'before' | 'after'): Promise<void> {
  for (const { ms, when } of delays) if ((when === 'after') === (time === 'after')) await team.clock.waitMs(ms);
}

function read(incoming: Incoming): Request {
  const url = new URL(incoming.target, 'http://emulator');
  // The older prefix /v1 still answers (seen live 2026-08 and 2026-10).
  const path = /^\/(?:api\/)?v1\/(.*?)\/?$/.exec(url.pathname)?.[1] ?? null;
  const found = path === null ? null : route(incoming.method, path);
  const action = path === HEALTH && incoming.method === 'GET' ? HEALTH : (found?.endpoint.action ?? null);
  return {
    incoming,
    path: url.pathname,
    query: url.searchParams,
    body: parsed(incoming.rawBody),
    route: found,
    action,
  };
}

function parsed(rawBody: string): Attributes | null {
  if (rawBody.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(rawBody);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Attributes) : {};
  } catch {
    return null;
  }
}

function serve(team: Team, request: Request, trouble: ActiveTrouble): Reply {
  const { apiKey, authorization } = request.incoming;
  if (apiKey === undefined && authorization === undefined && request.query.has('api_key')) return keyInQuery;
  const caller = team.credentials.callerOf({ apiKey, authorization, bodyKey: request.body?.['api_key'] });
  // Never 401, whatever the key (docs.apollo.io/reference/authentication, 2026-07; seen live 2026-10-08).
  if (request.action === HEALTH) return ok({ healthy: true, is_logged_in: typeof caller !== 'string' });
  if (caller === 'bad-token') return invalidToken;
  if (caller === 'bad-key') return unauthorized(team.quirks.unauthorizedBody);
  if (request.route === null) return notFound;
  const { endpoint } = request.route;
  const barred = barrier(team, endpoint, caller, request.incoming.method);
  if (barred !== null) return barred;
  if (request.body === null) return notJson;
  return strictRefusal(team, request, endpoint) ?? counted(team, request.route, caller, request, trouble);
}

// That scope and plan are looked at before the body is inferred, not documented.
function barrier(team: Team, endpoint: Endpoint, caller: Caller, method: string): Reply | null {
  if (!caller.allows(endpoint)) {
    return forbidden(endpoint.forbiddenName ?? `api/v1/${endpoint.action}`, team.quirks.forbiddenBody);
  }
  if (endpoint.gate === 'lists' && !caller.lists) return noAccessToLists;
  if (endpoint.gate === 'paid' && (caller.plan ?? team.plan) === 'free') return paidPlansOnly;
  const { updateVerb } = team.quirks;
  if (updateVerb === 'patch' || method !== 'PATCH' || !endpoint.methods.includes('PUT')) return null;
  return updateVerb === 'put-only-404' ? htmlPage(404, 'Not Found') : htmlPage(405, 'Method Not Allowed');
}

function strictRefusal(team: Team, request: Request, endpoint: Endpoint): Reply | null {
  if (!team.strict) return null;
  const { method } = request.incoming;
  const documented = method === 'PUT' && team.quirks.updateVerb !== 'patch' ? 'PATCH' : method;
  const found = departures(endpoint.action, documented, request.query, request.body ?? {});
  const [first] = found;
  if (first === undefined) return null;
  const at = team.clock.now();
  for (const { key, problem } of found) {
    team.report({ method, path: request.path, key, message: `${method} ${request.path}: ${key} ${problem}`, at });
  }
  const error = `emulator strict mode: ${method} ${request.path}: ${first.key} ${first.problem}`;
  return { status: 400, body: { error } };
}

function counted(
  team: Team,
  { endpoint, params }: Route,
  caller: Caller,
  request: Request,
  trouble: ActiveTrouble,
): Reply {
  const { headers, exhausted } = team.windows.take(endpoint.action, team.limitsOf(endpoint.action, caller.plan));
  if (exhausted !== null) {
    const name = endpoint.limitName ?? `api/v1/${endpoint.path}`;
    const seconds = Math.ceil(exhausted.retryAfterMs / 1000 / (team.options.retryAfterDivisor ?? 1));
    const retryAfter = String(Math.max(1, seconds));
    const refused = tooManyRequests(name, exhausted, endpoint.limitWording ?? 'usual');
    const told = team.quirks.withoutHeaders.includes('429') ? {} : headers;
    return { ...refused, headers: { ...told, 'retry-after': retryAfter } };
  }
  const { store } = team;
  const actor = (caller.userId === null ? undefined : store.users.get(caller.userId)) ?? store.actingUser();
  const reply = run(endpoint, {
    action: endpoint.action,
    params,
    query: request.query,
    body: request.body ?? {},
    store,
    quirks: team.quirks,
    random: team.random,
    nowMs: team.clock.now(),
    actor,
    customFieldsIgnored: caller.keyInBody,
    trouble: trouble.records,
    usageStats: () => team.usageStats(caller.plan),
  });
  return team.quirks.withoutHeaders.includes('422') && reply.status === 422 ? reply : { ...reply, headers };
}

function run(endpoint: Endpoint, call: Parameters<Endpoint['run']>[0]): Reply {
  try {
    return endpoint.run(call);
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

function isWrite({ action, incoming }: Request): boolean {
  return incoming.method !== 'GET' && action !== null && !READS.has(action);
}

function log(team: Team, request: Request, outgoing: Outgoing): void {
  team.log.add({
    method: request.incoming.method,
    path: request.path,
    action: request.action,
    status: outgoing === 'dropped' ? 0 : outgoing.reply.status,
    at: team.clock.now(),
    records: recordCount(request),
    ...(team.options.keepBodies === true ? { body: request.body } : {}),
  });
}

const RECORD_KEYS = [
  'contacts',
  'accounts',
  'contact_attributes',
  'account_attributes',
  'contact_ids',
  'account_ids',
  'entity_ids',
];

function recordCount(request: Request): number {
  for (const key of RECORD_KEYS) {
    const sent = request.body?.[key];
    if (Array.isArray(sent)) return sent.length;
    const inQuery = request.query.getAll(`${key}[]`).length;
    if (inQuery > 0) return inQuery;
  }
  return isWrite(request) ? 1 : 0;
}
