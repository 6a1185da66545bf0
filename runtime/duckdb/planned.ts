import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';

/** Statements of a connection that come again and again: each is planned once, which takes longer than to run a small one. */
export class Planned {
  readonly #connection: DuckDBConnection;
  readonly #statements = new Map<string, DuckDBPreparedStatement>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Runs a statement with these texts as its parameters; one after another. */
  async run(sql: string, texts: readonly string[]): Promise<void> {
    const statement = this.#statements.get(sql) ?? (await this.#connection.prepare(sql));
    this.#statements.set(sql, statement);
    for (const [i, text] of texts.entries()) statement.bindVarchar(i + 1, text);
    await statement.run();
  }

  /** Forgets them; the connection must still be open. */
  close(): void {
    for (const statement of this.#statements.values()) statement.destroySync();
    this.#statements.clear();
  }
}
