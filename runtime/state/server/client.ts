import type { Client } from 'pg';
import type { ServerAddress } from '../../contract/state-config.ts';
import { clientConfig, parametersOf } from './parameters.ts';
import { explainedServer } from './server-failure.ts';

/** A process that was stopped, or lost its line, in a transaction has locks that others wait for: the server ends it then. */
export const IDLE_TIMEOUT = '60s';

/** A connection to the server of a state store: for what DuckDB cannot ask. */
export class ServerClient {
  readonly #at: ServerAddress;
  #client: Promise<Client> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** The connection that a transaction is open on: on another one its statements would be transactions of their own. */
  #inTransaction: Promise<Client> | undefined;

  constructor(at: ServerAddress) {
    this.#at = at;
  }

  /** The rows of one statement. Throws a Failure where the server cannot be reached, or refuses it. */
  rows(sql: string, values: readonly unknown[] = []): Promise<readonly Readonly<Record<string, unknown>>[]> {
    // One after another: `pg` warns on stderr of a statement that is handed in before the last one has ended.
    const asked = this.#last.then(() => this.#ask(sql, values));
    this.#last = asked.then(
      () => undefined,
      () => undefined,
    );
    return asked;
  }

  async #ask(sql: string, values: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
    try {
      const client = await this.#connected();
      return (await client.query(sql, [...values])).rows;
    } catch (error) {
      // The role may have another isolation level than a transaction of ours: a statement alone has done nothing then.
      const isOvertaken = (error as { readonly code?: string }).code === '40001';
      if (isOvertaken && this.#inTransaction === undefined) return this.#ask(sql, values);
      throw explainedServer(error, this.#at);
    }
  }

  /** Runs statements as one transaction: each of them sees what others have committed before it, once it has waited for them. */
  async transact<T>(work: () => Promise<T>): Promise<T> {
    await this.rows('begin isolation level read committed');
    this.#inTransaction = this.#client;
    try {
      await this.rows(`set local idle_in_transaction_session_timeout = '${IDLE_TIMEOUT}'`);
      const result = await work();
      await this.rows('commit');
      return result;
    } catch (error) {
      await this.rows('rollback').catch(() => undefined);
      throw error;
    } finally {
      this.#inTransaction = undefined;
    }
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  /** A connection that has ended is made again by the next statement. */
  #connected(): Promise<Client> {
    if (this.#inTransaction !== undefined) return this.#inTransaction;
    if (this.#client !== undefined) return this.#client;
    const connecting = openClient(this.#at);
    this.#client = connecting;
    const forget = (): void => {
      if (this.#client === connecting) this.#client = undefined;
    };
    connecting.then((client) => client.on('error', forget).on('end', forget), forget);
    return connecting;
  }
}

async function openClient(at: ServerAddress): Promise<Client> {
  const { sslmode } = parametersOf(at).more;
  if (sslmode === 'disable') return connected(at, 'plain');
  try {
    return await connected(at, 'tls');
  } catch (error) {
    const mayBePlain = sslmode === undefined || sslmode === 'prefer' || sslmode === 'allow';
    if (!mayBePlain || !/does not support SSL/i.test(String(error))) throw error;
    return connected(at, 'plain');
  }
}

async function connected(at: ServerAddress, line: 'tls' | 'plain'): Promise<Client> {
  // Only who keeps state in a database needs it.
  const { PgClient } = await import('./pg-client.ts');
  const client = new PgClient(clientConfig(at, line));
  // Without a listener an error of an idle connection would end the process; the next statement tells of it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
