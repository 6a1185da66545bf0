// The client alone: pools are not used here.
import Client from 'pg/lib/client.js';

/** A connection to a PostgreSQL, loaded where state is kept in one. */
export const PgClient = Client;
