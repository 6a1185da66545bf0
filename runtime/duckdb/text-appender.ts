import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { Position } from '../contract/outcome.ts';
import { messageWithoutValues } from './message-without-values.ts';
import { unreadableSource } from './source-failure.ts';
import type { WorkTable } from './work-database.ts';

// Appended rows are in memory until they are flushed.
const flushEveryRows = 20_480;
const flushEveryCharacters = 8_000_000;

/** Appends a position and a text a row to a table of the work database. Throws TransientFailure when there is no room. */
export class TextAppender {
  readonly #appender: DuckDBAppender;
  #rows = 0;
  #characters = 0;

  private constructor(appender: DuckDBAppender) {
    this.#appender = appender;
  }

  /** The connection serves nothing else until `close`. */
  static async to(connection: DuckDBConnection, { name, schema, catalog }: WorkTable): Promise<TextAppender> {
    return new TextAppender(await connection.createAppender(name, schema, catalog));
  }

  append(position: Position, text: string): void {
    this.#appender.appendBigInt(BigInt(position));
    this.#appender.appendVarchar(text);
    this.#appender.endRow();
    this.#rows += 1;
    this.#characters += text.length;
    if (this.#rows >= flushEveryRows || this.#characters >= flushEveryCharacters) this.#flush();
  }

  close(): void {
    this.#flush();
    this.#appender.closeSync();
  }

  #flush(): void {
    try {
      this.#appender.flushSync();
    } catch (error) {
      throw unreadableSource(`rows could not be kept in the work database: ${messageWithoutValues(error)}`);
    }
    this.#rows = 0;
    this.#characters = 0;
  }
}
