import type { Emulator } from '../../emulator/server/server.ts';
import type { Clock } from '../../runtime/contract/clock.ts';
import type { ServerState } from '../../runtime/contract/state-config.ts';
import { ServerClient } from '../../runtime/state/server/client.ts';
import { prepareSchema } from '../../runtime/state/server/server-schema.ts';
import { startApollo } from '../support/emulator.ts';
import { type Ended, Runs } from '../support/stateful.ts';
import type { TestRow } from '../support/warehouse.ts';
import { type Line, Lines } from './lines.ts';
import { SharedTime } from './shared-time.ts';
import { newSchema, psql, storeIn } from './support.ts';

/** What befalls a worker, once so many pieces have passed one of its lines. */
export interface Mishap {
  readonly worker: number;
  /** `kill`: it is gone, with what it had on its way; `cut`: its line to the database is. */
  readonly kind: 'kill' | 'cut';
  /** What has passed between it and Apollo, or the database, by then. */
  readonly line: 'apollo' | 'database';
  readonly after: number;
}

export interface TeamOptions {
  readonly workers: number;
  /** Of each stream, how many rows Apollo knows, and how many are new. */
  readonly known: number;
  readonly fresh: number;
  readonly mishaps: readonly Mishap[];
}

/** What has come of it. */
export interface Outcome {
  readonly emulator: Emulator;
  /** Runs of each worker, the last one without anything left to do. */
  readonly runs: readonly (readonly Ended[])[];
  readonly mishaps: number;
}

const emailOf = (worker: number, n: number): string => `p${n}@w${worker}.example`;

export const rowsOf = (worker: number, count: number): readonly TestRow[] =>
  Array.from({ length: count }, (_, n) => ({ id: `${n}`, email: emailOf(worker, n), title: 'CEO' }));

/** Several workers, each with a stream and lines of its own, which share one team of Apollo and one store, until all is done. */
export async function playTeam({ workers, known, fresh, mishaps }: TeamOptions): Promise<Outcome> {
  const time = new SharedTime();
  const everyone = Array.from({ length: workers }, (_, worker) => worker);
  const contacts = everyone.flatMap((worker) =>
    Array.from({ length: known }, (_, n) => ({
      email: emailOf(worker, n),
      title: 'Former',
      created_at: '2020-01-01T00:00:00Z',
    })),
  );
  const emulator = await startApollo({ clock: time, plan: 'basic', logCapacity: 1_000_000, data: { contacts } });
  const store = storeIn(newSchema());
  const client = new ServerClient(store);
  await prepareSchema(client, store).finally(() => client.close());
  const lines = new Lines();
  let befallen = 0;
  const work = async (worker: number) => {
    const own = mishaps.filter((mishap) => mishap.worker === worker);
    const one = new TeamWorker(worker, { time, emulator, store, lines });
    const ended = await one.work(rowsOf(worker, known + fresh), own);
    befallen += one.befallen;
    return ended;
  };
  const runs = await time.during(lines, () => Promise.all(everyone.map(work)));
  return { emulator, runs, mishaps: befallen };
}

interface Around {
  readonly time: SharedTime;
  readonly emulator: Emulator;
  readonly store: ServerState;
  readonly lines: Lines;
}

class TeamWorker {
  readonly #worker: number;
  readonly #around: Around;
  befallen = 0;

  constructor(worker: number, around: Around) {
    this.#worker = worker;
    this.#around = around;
  }

  /** Makes runs, as a schedule would, until one has nothing left to do. */
  async work(rows: readonly TestRow[], mishaps: readonly Mishap[]): Promise<readonly Ended[]> {
    const { time } = this.#around;
    const clock = time.join(`${this.#worker}`);
    const left = [...mishaps];
    const all: Ended[] = [];
    const never = new AbortController().signal;
    let runs: Runs | undefined;
    try {
      for (;;) {
        // A process that was killed has another one after it, with lines of its own.
        const own = await this.#lines();
        runs = this.#runs(own, clock, runs?.folder);
        const ended = await this.#run(runs, rows, own, left.shift());
        all.push(ended);
        for (const line of Object.values(own)) this.#around.lines.cut(line);
        if (ended.cause !== undefined) await clock.sleep(65_000, never);
        else if (ended.retryAt !== null) await clock.sleep(Date.parse(ended.retryAt) - clock.now(), never);
        else return all;
      }
    } finally {
      time.leave(`${this.#worker}`);
    }
  }

  async #lines(): Promise<OwnLines> {
    const { emulator, store, lines } = this.#around;
    return { apollo: await lines.open(emulator.url), database: await lines.open(store.url!) };
  }

  #runs({ apollo, database }: OwnLines, clock: Clock, folder: string | undefined): Runs {
    const stream = {
      name: `w${this.#worker}`,
      primary_key: 'id',
      mapping: [
        { to: 'email', from: 'email' },
        { to: 'title', from: 'title' },
      ],
    };
    const config = {
      state: { ...this.#around.store, url: database.url },
      rate_limits: { plan: 'basic', max_wait_seconds: 3900 },
    };
    return new Runs({ url: apollo.url }, { clock, stream, config }, folder);
  }

  async #run(runs: Runs, rows: readonly TestRow[], own: OwnLines, mishap: Mishap | undefined): Promise<Ended> {
    const run = new AbortController();
    if (mishap !== undefined) {
      const cuts = mishap.kind === 'kill' ? Object.values(own) : [own.database];
      this.#around.lines.arm(own[mishap.line], mishap.after, { cuts }, () => {
        this.befallen += 1;
        if (mishap.kind === 'kill') run.abort(new Error('killed'));
      });
    }
    const ended = await runs.sync(rows, { run }).catch((cause: unknown) => ({ ...nothing, cause }));
    // Its lease runs out a minute after it was last heard of.
    if (ended.cause !== undefined) {
      psql(`update ${this.#around.store.schema}.leases set expires_at = now() at time zone 'utc' - interval '1 s'
        where stream = 'w${this.#worker}'`);
    }
    return ended;
  }
}

interface OwnLines {
  readonly apollo: Line;
  readonly database: Line;
}

/** What is known of a run that was refused before it began. */
const nothing = { status: 'failed', counts: {}, calls: {}, codes: {}, retryAt: null } as unknown as Ended;
