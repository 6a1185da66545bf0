import { accountShape } from '../accounts/account-shape.ts';
import type { Quirks } from '../calls/quirks.ts';
import { isId } from '../calls/random.ts';
import { ok, type Reply } from '../calls/reply.ts';
import { contactShape, iso } from '../contacts/contact-shape.ts';
import type { Attributes } from '../store/records.ts';
import type { EditData } from './editing.ts';
import type { SeedData } from './seeding.ts';
import type { Team } from './team.ts';
import type { TroubleRule } from './trouble.ts';
import type { Limits, PlanName } from './windows.ts';

type Control = (team: Team, query: URLSearchParams, body: unknown) => Reply;

/** Below which path the emulator itself is asked, rather than the API it stands for. No key is needed. */
export const CONTROL_PREFIX = '/__emulator/';

const ROUTES: Readonly<Record<string, Control>> = {
  'GET state': state,
  'POST seed': (team, _query, body) => ok(team.seed(body as SeedData)),
  'POST edit': (team, _query, body) => ok(team.edit(body as EditData)),
  'POST reset': (team) => {
    team.reset();
    return ok({ reset: true });
  },
  'GET requests': (team) => ok({ total: team.log.total, requests: team.log.entries }),
  'DELETE requests': (team) => {
    team.log.clear();
    return ok({ total: 0, requests: [] });
  },
  'GET counts': (team) => ok({ total: team.log.total, counts: team.log.counts }),
  'GET violations': (team) => ok({ violations: team.violations }),
  'DELETE violations': (team) => {
    team.violations.length = 0;
    return ok({ violations: [] });
  },
  'GET clock': showClock,
  'POST clock': (team, _query, body) => {
    const { advance_ms: ms } = body as Attributes;
    if (typeof ms !== 'number' || !(ms >= 0)) return refused('advance_ms must be a number of milliseconds, 0 or more');
    team.clock.advance(ms);
    return showClock(team);
  },
  'GET trouble': (team) => ok({ rules: team.trouble.rules }),
  'POST trouble': (team, _query, body) => {
    team.trouble.add(Array.isArray(body) ? body : rulesOf(body));
    return ok({ rules: team.trouble.rules });
  },
  'DELETE trouble': (team) => {
    team.trouble.clear();
    return ok({ rules: [] });
  },
  'GET quirks': (team) => ok(team.quirks),
  'POST quirks': (team, _query, body) => {
    team.setQuirks(body as Partial<Quirks>);
    return ok(team.quirks);
  },
  'GET settings': settings,
  'POST settings': changeSettings,
};

/** Answers a request below `/__emulator/`; a mistake in it is answered with 400 and what it is. */
export function control(team: Team, method: string, target: string, rawBody: string): Reply {
  const url = new URL(target, 'http://emulator');
  const route = ROUTES[`${method} ${url.pathname.slice(CONTROL_PREFIX.length)}`];
  if (route === undefined) {
    return { status: 404, body: { error: `no such control route; known: ${Object.keys(ROUTES).join(', ')}` } };
  }
  try {
    return route(team, url.searchParams, rawBody.trim() === '' ? {} : JSON.parse(rawBody));
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error));
  }
}

function refused(error: string): Reply {
  return { status: 400, body: { error } };
}

function rulesOf(body: unknown): readonly TroubleRule[] {
  const { rules } = body as { readonly rules?: readonly TroubleRule[] };
  return rules ?? [body as TroubleRule];
}

function showClock(team: Team): Reply {
  return ok({ now: iso(team.clock.now()), now_ms: team.clock.now() });
}

function settings(team: Team): Reply {
  return ok({ plan: team.plan, strict: team.strict, quirks: team.quirks });
}

const SETTINGS = ['plan', 'strict', 'quirks'];

function changeSettings(team: Team, _query: URLSearchParams, body: unknown): Reply {
  const sent = body as {
    readonly plan?: PlanName | Limits;
    readonly strict?: boolean;
    readonly quirks?: Partial<Quirks>;
  };
  const stray = Object.keys(sent).find((key) => !SETTINGS.includes(key));
  if (stray !== undefined) return refused(`unknown setting "${stray}"; known: ${SETTINGS.join(', ')}`);
  if (sent.quirks !== undefined) team.setQuirks(sent.quirks);
  if (sent.plan !== undefined) team.plan = sent.plan;
  if (sent.strict !== undefined) team.strict = sent.strict;
  return settings(team);
}

type Page = (
  team: Team,
  wanted: (id: string) => boolean,
  from: number,
  to: number,
) => { total: number; entries: object[] };

/** Pages of a table of the workspace. Shaping an entry is what costs, so only those of the page are shaped. */
function table<T extends { readonly id: string }>(
  of: (team: Team) => Iterable<T>,
  shape: (entry: T) => object = (entry) => entry,
): Page {
  return (team, wanted, from, to) => {
    const entries: object[] = [];
    let total = 0;
    for (const entry of of(team)) {
      if (!wanted(entry.id)) continue;
      if (total >= from && total < to) entries.push(shape(entry));
      total += 1;
    }
    return { total, entries };
  };
}

const TABLES: Readonly<Record<string, Page>> = {
  contacts: table(
    ({ store }) => store.contacts.values(),
    (contact) => ({ ...contactShape(contact, {}), state: contact.state }),
  ),
  accounts: table(
    ({ store }) => store.accounts.values(),
    (account) => ({ ...accountShape(account, {}), state: account.state }),
  ),
  labels: table(
    ({ store }) => store.labels.values(),
    ({ id, name, modality, members }) => ({ id, name, modality, members: [...members] }),
  ),
  users: table(({ store }) => store.users.values()),
  contact_stages: table(({ store }) => store.contactStages.values()),
  account_stages: table(({ store }) => store.accountStages.values()),
  fields: table(({ store }) => store.fields.values()),
};

// `?of=contacts&page=1&per_page=100` shows records, without `of` only how many there are; `?id=…` finds one.
function state(team: Team, query: URLSearchParams): Reply {
  const { contacts, accounts, labels } = team.store;
  const of = query.get('of');
  if (of === null) return ok({ contacts: contacts.size, accounts: accounts.size, labels: labels.size });
  const pageOf = TABLES[of];
  if (pageOf === undefined) return refused(`unknown table "${of}"; known: ${Object.keys(TABLES).join(', ')}`);
  const page = Number(query.get('page') ?? 1);
  const perPage = Number(query.get('per_page') ?? 100);
  const id = query.get('id');
  const wanted = (one: string): boolean => !isId(id) || one === id;
  return ok({ of, page, per_page: perPage, ...pageOf(team, wanted, (page - 1) * perPage, page * perPage) });
}
