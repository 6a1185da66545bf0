import type { ServerState } from '../../contract/state-config.ts';
import { literal } from '../../duckdb/sql.ts';
import type { WorkDatabase } from '../../duckdb/work-database.ts';
import type { Hold, Holder } from '../file/hold.ts';
import { CATALOG } from '../schema.ts';
import { attachServer } from './attach-server.ts';
import { ServerClient } from './client.ts';
import { Leases } from './leases.ts';
import { explainedServer } from './server-failure.ts';
import { prepareSchema } from './server-schema.ts';
import { SharedWindows } from './shared-windows.ts';

/** Attaches a state store on a server, made where there is none, and takes leases on the streams that are written. */
export async function holdServer(work: WorkDatabase, at: ServerState, holder: Holder): Promise<Hold> {
  const client = new ServerClient(at);
  try {
    await prepareSchema(client, at);
    await attachServer(work, at, 'read_write');
    const leases = await Leases.take(client, at, holder);
    const fence = `call postgres_execute(${literal(CATALOG)}, ${literal(leases.fence)})`;
    return {
      streams: leases.streams,
      renewEveryMs: 10_000,
      share: (around) => new SharedWindows(client, { schema: at.schema, token: leases.token }, around),
      alone: (transaction) => alone(at, transaction),
      fence: async (connection) => {
        await connection.run(fence).catch((error: unknown) => {
          throw explainedServer(error, at);
        });
      },
      committed: () => undefined,
      release: async () => {
        await leases.release().catch(() => undefined);
        await client.close();
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Has others wait for the end of a transaction of DuckDB's before it begins: what it reads is as the ones before have left it. */
async function alone(at: ServerState, transaction: () => Promise<void>): Promise<void> {
  // One that waits in DuckDB would have a thread meanwhile, which other runs of this process may need.
  const client = new ServerClient(at);
  try {
    await client.transact(async () => {
      await client.rows(`select pg_advisory_xact_lock(hashtext('all streams'), hashtext($1))`, [at.schema]);
      await transaction();
    });
  } finally {
    await client.close();
  }
}
