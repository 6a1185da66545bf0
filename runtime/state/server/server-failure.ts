import { withoutCredentials } from '../../config/credentials.ts';
import { ConfigFailure, Failure, messageOf, TransientFailure } from '../../contract/failure.ts';
import type { ServerAddress } from '../../contract/state-config.ts';
import { remoteReason } from '../../duckdb/remote-message.ts';
import { serverName } from './parameters.ts';

/** What the statement of `Leases` raises where another run has taken a stream. */
export const LEASE_LOST = 'the lease is lost';

/** Rows that a run has leases on are changed by no other one, and what all runs write, each of them writes alone. */
const isOvertaken = /could not serialize access/;

const kinds = {
  config: (text: string) => new ConfigFailure(text, { code: 'invalid_state' }),
  transient: (text: string, cause: unknown) =>
    new TransientFailure(text, { code: 'state_unreachable', delivery: 'not-delivered', cause }),
  unwritable: (text: string, cause: unknown) =>
    new TransientFailure(text, { code: 'state_unwritable', delivery: 'not-delivered', cause }),
} as const;

/** What a server says, and what to do about it: the first that fits counts. */
const known: readonly (readonly [says: RegExp, kind: keyof typeof kinds, todo: string])[] = [
  [
    /no space left|could not extend file|disk is full|disk quota/i,
    'unwritable',
    'The disk of the server is full. What was confirmed is kept. Make room there, and run again',
  ],
  [
    /read-only transaction|read-only mode/i,
    'config',
    'It is a replica that cannot be written: give the address of the primary',
  ],
  [
    /permission denied|must be owner/i,
    'config',
    'The role needs a schema of its own: `create schema … authorization ROLE`, by whoever owns the database',
  ],
  [/authentication failed|no password supplied|SASL/i, 'config', 'Check user and password'],
  [/(role|database|schema) .* does not exist/i, 'config', 'Check user, database and schema'],
  [/invalid connection option/i, 'config', 'Check the parameters of state.url'],
  [
    /no pg_hba\.conf entry/i,
    'config',
    'The server lets this user, database or host not in, or not without TLS (sslmode)',
  ],
  [/certificate|does not support SSL|self.signed|SSL error/i, 'config', 'Check sslmode and sslrootcert'],
  [
    /too many (clients|connections)|connection slots|pool_size|no more connections/i,
    'transient',
    'Its connections are used up: run again later, or allow the role more',
  ],
  [/deadlock detected/i, 'transient', 'Another run has changed the same rows, and goes on: run again'],
  [
    /ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|connection refused|could not translate|timeout|timed out|canceling statement|terminat|server closed|starting up|shutting down|recovery mode|conflict with recovery|Connection ended|not connected|not queryable|no connection|Broken pipe|could not receive|could not send/i,
    'transient',
    'What was confirmed is kept; what was not is found out by the next run. Run again once it can be reached',
  ],
];

/** What was thrown by a database that holds a state store, in words that name it; anything else is itself. */
export function explainedServer(error: unknown, at: ServerAddress): unknown {
  if (error instanceof Failure) return error;
  const message = reasonOf(error);
  if (message === LEASE_LOST || isOvertaken.test(message)) return leaseLost(at, error);
  const found = known.find(([says]) => says.test(message));
  if (found === undefined) return error;
  const [, kind, todo] = found;
  const text = `state: ${serverName(at)}: ${withoutCredentials(remoteReason(message))}. ${todo}.`;
  return kinds[kind](text, error);
}

/** Its own words, without the statement: an error without any names its code, and one of several addresses those of the first. */
function reasonOf(error: unknown): string {
  const { errors, code } = error as { readonly errors?: readonly unknown[]; readonly code?: string };
  const own = Array.isArray(errors) && errors.length > 0 ? reasonOf(errors[0]) : messageOf(error);
  if (own.trim() === '') return code ?? 'no answer';
  return own
    .replace(/^[\s\S]*Failed to \w+ (?:query|COPY) "[\s\S]*": (?=\S)/, '')
    .replace(/^[\s\S]*?(?:ERROR|FATAL): {2}/, '')
    .split('\n', 1)[0]!
    .trim();
}

const leaseLost = (at: ServerAddress, cause?: unknown): TransientFailure =>
  new TransientFailure(
    `state: this run was not heard of at ${serverName(at)} for a minute, and another one has taken a stream of it. It sends nothing more; what it has confirmed before is kept.`,
    { code: 'lease_lost', delivery: 'not-delivered', cause },
  );
