import { hostname } from 'node:os';
import { pid } from 'node:process';
import { TransientFailure } from '../../contract/failure.ts';
import type { LakeState } from '../../contract/state-config.ts';
import { ServerClient } from '../server/client.ts';
import { serverName } from '../server/parameters.ts';

const key = `hashtext('state store in a lake'), hashtext($1)`;

/** Who has a lake: its catalogue's database keeps a lock for as long as the connection lasts that took it. */
export class LakeLock {
  readonly #client: ServerClient;
  readonly #at: LakeState;
  readonly #connection: unknown;

  private constructor(client: ServerClient, at: LakeState, connection: unknown) {
    this.#client = client;
    this.#at = at;
    this.#connection = connection;
  }

  /** Takes the lock of a lake. Throws TransientFailure that names who has it. */
  static async take(at: LakeState, runId: string): Promise<LakeLock> {
    const client = new ServerClient(at);
    try {
      // Others read it; what is beyond 63 bytes is cut.
      const name = `${runId}|process ${pid} on ${hostname()}`;
      await client.rows(`select set_config('application_name', $1, false)`, [name]);
      const [{ taken, connection }] = (await client.rows(
        `select pg_try_advisory_lock(${key}) as taken, pg_backend_pid() as connection`,
        [at.schema],
      )) as [{ taken: boolean; connection: unknown }];
      if (!taken) throw inUse(at, await holderOf(client, at));
      return new LakeLock(client, at, connection);
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Throws TransientFailure where the connection that has the lock is not the one of before: another run may have it. */
  async ensureHeld(): Promise<void> {
    const [found] = await this.#client.rows('select pg_backend_pid() as connection');
    if (found?.['connection'] === this.#connection) return;
    throw new TransientFailure(
      `state: the connection to ${serverName(this.#at)} was lost, and with it the lock of the lake. This run sends nothing more; what it has confirmed before is kept. Run again.`,
      { code: 'lease_lost', delivery: 'not-delivered' },
    );
  }

  async release(): Promise<void> {
    await this.#client.close();
  }
}

/** Who has a lake. */
interface LakeHolder {
  readonly run_id: string;
  /** Its process, and the machine of that. */
  readonly holder: string;
  readonly since: string;
}

/** Who has a lake, as it has named itself; undefined where no run has it. */
export async function lakeHolder(at: LakeState): Promise<LakeHolder | undefined> {
  const client = new ServerClient(at);
  try {
    return await holderOf(client, at);
  } finally {
    await client.close();
  }
}

async function holderOf(client: ServerClient, { schema }: LakeState): Promise<LakeHolder | undefined> {
  const [found] = await client.rows(
    `select application_name as name, backend_start as since from pg_stat_activity join pg_locks using (pid)
     where locktype = 'advisory' and granted and (classid::bigint, objid::bigint) =
       (hashtext('state store in a lake')::bigint & 4294967295, hashtext($1)::bigint & 4294967295)`,
    [schema],
  );
  if (found === undefined) return undefined;
  const [run_id = '', holder = ''] = String(found['name']).split('|');
  return { run_id, holder, since: (found['since'] as Date).toISOString() };
}

const inUse = (at: LakeState, other: LakeHolder | undefined): TransientFailure =>
  new TransientFailure(
    `state: the lake of ${serverName(at)} is in use by ${other === undefined ? 'another run' : `run ${other.run_id} (${other.holder}, since ${other.since})`}. A lake is open to one run at a time. Nothing was sent; run again when that one has ended.`,
    { code: 'state_in_use', delivery: 'not-delivered' },
  );
