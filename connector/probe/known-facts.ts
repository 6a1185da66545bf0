import { readFileSync } from 'node:fs';
import type { EndpointName, Field, ObjectName } from '../../catalog/object.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { counted } from '../../runtime/facts/counted.ts';
import { objectOf, type SeenLimits } from './evidence.ts';

/** What a probe has found in this workspace, as far as a run can go by it. */
interface KnownFacts {
  /** Requests that Apollo takes, by action. */
  readonly limits: Readonly<Record<string, SeenLimits>>;
  /** In words for a person: where it is from, and what follows from it. */
  readonly says: string;
  /** A field without those of its endpoints that leave it out in silence. */
  known(object: ObjectName, field: Field): Field;
}

/** The facts that name fields which an update leaves out, and which update it is. */
const UNTAKEN: Readonly<Record<ObjectName, Readonly<Record<string, EndpointName>>>> = {
  contacts: {
    untaken_patch: 'patch',
    untaken_bulk_update: 'bulkUpdate',
    untaken_stages: 'stages',
    untaken_owners: 'owners',
  },
  accounts: { untaken_account_patch: 'patch', untaken_account_bulk_update: 'bulkUpdate' },
};

/** Reads the file of a probe; throws a ConfigFailure where it is not one. */
export function knownFacts(path: string): KnownFacts {
  const file = objectOf(parsed(path));
  const facts = objectOf(file?.['facts']);
  if (file === undefined || facts === undefined) throw notFacts(path, 'it has no facts');
  const limits = (objectOf(file['limits']) ?? {}) as Readonly<Record<string, SeenLimits>>;
  const untaken = {
    contacts: untakenOf(facts, UNTAKEN.contacts),
    accounts: untakenOf(facts, UNTAKEN.accounts),
  };
  return {
    limits,
    says: saysOf(path, file['date'], limits, untaken),
    known: (object, field) => withoutUntaken(field, untaken[object]),
  };
}

type Untaken = ReadonlyMap<EndpointName, readonly string[]>;

function untakenOf(facts: Readonly<Record<string, unknown>>, names: Readonly<Record<string, EndpointName>>): Untaken {
  const found = Object.entries(names).map(([fact, endpoint]) => {
    const keys = objectOf(facts[fact])?.['found'];
    return [endpoint, Array.isArray(keys) ? keys.filter((key) => typeof key === 'string') : []] as const;
  });
  return new Map(found.filter(([, keys]) => keys.length > 0));
}

function withoutUntaken(field: Field, untaken: Untaken): Field {
  const places = Object.entries(field.writable).filter(([endpoint, place]) => {
    const key = place.in === 'typed_custom_fields' ? place.in : place.as;
    return untaken.get(endpoint as EndpointName)?.includes(key) !== true;
  });
  return places.length === Object.keys(field.writable).length
    ? field
    : { ...field, writable: Object.fromEntries(places) };
}

/** How people call the requests. */
const REQUESTS: Readonly<Partial<Record<EndpointName, string>>> = {
  patch: 'PATCH',
  bulkUpdate: 'bulk_update',
  stages: 'update_stages',
  owners: 'update_owners',
};

function saysOf(
  path: string,
  date: unknown,
  limits: KnownFacts['limits'],
  untaken: Readonly<Record<ObjectName, Untaken>>,
): string {
  const left = Object.entries(untaken).flatMap(([object, all]) =>
    [...all].map(([endpoint, keys]) => `${REQUESTS[endpoint]} of ${object} leaves out ${keys.join(', ')}`),
  );
  const known = [`limits of ${counted(Object.keys(limits).length, 'endpoint')}`, ...left].join('; ');
  const day = typeof date === 'string' && /^\d{4}-\d\d-\d\d$/.test(date) ? `, of ${date}` : '';
  return `apollo_facts: this run goes by ${path}${day}: ${known}.`;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw notFacts(path, 'it cannot be read as JSON');
  }
}

const notFacts = (path: string, why: string): ConfigFailure =>
  new ConfigFailure(`apollo_facts: ${path} is not the file of a probe: ${why}. \`probe --yes\` writes one.`, {
    code: 'invalid_facts',
  });
