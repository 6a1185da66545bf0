import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Emulator } from '../../emulator/server/server.ts';
import type { Limits } from '../../emulator/server/windows.ts';
import type { ServerState } from '../../runtime/contract/state-config.ts';
import { ServerClient } from '../../runtime/state/server/client.ts';
import { prepareSchema } from '../../runtime/state/server/server-schema.ts';
import { startApollo } from '../support/emulator.ts';
import type { TestRow } from '../support/warehouse.ts';
import { ClockFile } from './clock-file.ts';
import { psqlAfterMinute } from './let-go.ts';
import { type Line, Lines } from './lines.ts';
import { SharedTime } from './shared-time.ts';
import { newSchema, psql, storeIn } from './support.ts';
import { type Worker, type WorkerEnd, Workers } from './workers.ts';

/** What befalls the process that begins next, once so many pieces have passed one of its lines. */
export interface Moment {
  /** `kill`: SIGKILL; `stop`: SIGSTOP until its lease is another's; `cut`: its line to the database is. */
  readonly kind: 'kill' | 'stop' | 'cut';
  readonly line: 'apollo' | 'database';
  readonly after: number;
  /** A stopped one goes on so long after its successor has begun, by the machine's clock; absent: after its end. */
  readonly resumedAfterMs: number | undefined;
}

export interface PlayOptions {
  readonly workers: number;
  /** Of each stream, how many rows Apollo knows, and how many are new. */
  readonly known: number;
  readonly fresh: number;
  /** Of each endpoint. */
  readonly limits: Limits;
  readonly moments: readonly Moment[];
}

/** A process that has ended, and what had befallen it. */
export interface Past extends WorkerEnd {
  readonly stream: string;
  readonly befell: Moment['kind'] | 'nothing';
}

export interface Played {
  readonly emulator: Emulator;
  readonly store: ServerState;
  readonly past: readonly Past[];
  /** A last run over all streams, after everything. */
  readonly last: WorkerEnd;
}

export const streamName = (worker: number): string => `w${worker}`;

export const rowsOf = (worker: number, count: number): readonly TestRow[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `${n}`,
    email: `p${n}@${streamName(worker)}.example`,
    // Those of one name are not created in one request: Apollo matches by name as well.
    first_name: `P${n}`,
    company: streamName(worker),
  }));

/** Processes that share one team of Apollo and one store, each with a stream and lines of its own, until all is done. */
export async function playProcesses(options: PlayOptions): Promise<Played> {
  const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-team-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = new ClockFile(join(folder, 'time'), Date.UTC(2026, 0, 5, 9));
  const time = new SharedTime(file);
  const everyone = Array.from({ length: options.workers }, (_, worker) => worker);
  const { known, fresh, limits, moments } = options;
  const contacts = everyone.flatMap((worker) =>
    rowsOf(worker, known).map(({ email, company }, n) => ({
      email: String(email),
      organization_name: String(company),
      first_name: `Former ${n}`,
      created_at: '2020-01-01T00:00:00Z',
    })),
  );
  const emulator = await startApollo({ clock: time, plan: limits, logCapacity: 1_000_000, data: { contacts } });
  const store = storeIn(newSchema());
  const client = new ServerClient(store);
  await prepareSchema(client, store).finally(() => client.close());
  const workers = await Workers.over(
    emulator,
    Object.fromEntries(everyone.map((worker) => [streamName(worker), rowsOf(worker, known + fresh)])),
    {
      state: store,
      rate_limits: {
        plan: 'custom',
        per_minute: limits.minute,
        per_hour: limits.hour,
        per_day: limits.day,
        max_wait_seconds: 3900,
      },
    },
    'tests/warehouses/timed-program.ts',
  );
  const lines = new Lines();
  const play = new Play({ time, file, emulator, store, workers, lines }, moments);
  const last = await time.during(lines, async () => {
    await Promise.all(everyone.map((worker) => play.work(streamName(worker))));
    return play.last();
  });
  return { emulator, store, past: play.past, last };
}

interface Around {
  readonly time: SharedTime;
  readonly file: ClockFile;
  readonly emulator: Emulator;
  readonly store: ServerState;
  readonly workers: Workers;
  readonly lines: Lines;
}

/** A process that runs, its lines, and its place in the file of the time. */
interface Running {
  readonly worker: Worker;
  readonly apollo: Line;
  readonly database: Line;
  readonly place: number;
}

/** A minute and more: a lease that is not renewed for so long is lost. */
const STOPPED_MS = 61_000;
/** When a schedule begins a run again that was killed, or has lost its database. */
const AGAIN_MS = 65_000;

class Play {
  readonly past: Past[] = [];
  readonly #around: Around;
  readonly #moments: Moment[];
  #places = 0;

  constructor(around: Around, moments: readonly Moment[]) {
    this.#around = around;
    this.#moments = [...moments];
  }

  /** Makes runs of a stream, as a schedule would, until one has nothing left to do. */
  async work(stream: string): Promise<void> {
    const { time } = this.#around;
    for (;;) {
      time.join(stream);
      const { code, runs } = await this.#run(stream);
      if (code === 0) return;
      const retryAt = runs.at(-1)?.retry_at;
      const wait = retryAt == null ? AGAIN_MS : Date.parse(retryAt) - time.now();
      await time.join(stream).sleep(wait, new AbortController().signal);
    }
  }

  async last(): Promise<WorkerEnd> {
    const { worker } = await this.#start();
    return worker.ended;
  }

  /** One run of a stream, which has joined until its process does. A process that is stopped has another one after it, and that one counts. */
  async #run(stream: string): Promise<WorkerEnd> {
    const { time, lines } = this.#around;
    const running = await this.#start('--stream', stream);
    time.leave(stream);
    const moment = this.#moments.shift();
    const isHit = moment !== undefined && (await this.#hit(running, moment));
    if (moment !== undefined && !isHit) this.#moments.unshift(moment);
    const successor = isHit && moment.kind === 'stop' ? await this.#succeeded(stream, running, moment) : undefined;
    const ended = await running.worker.ended;
    for (const line of [running.apollo, running.database]) lines.cut(line);
    if (isHit && moment.kind !== 'stop') this.#runOut(stream);
    this.past.push({ ...ended, stream, befell: isHit ? moment.kind : 'nothing' });
    return successor ?? ended;
  }

  async #start(...args: readonly string[]): Promise<Running> {
    const { time, file, emulator, store, workers, lines } = this.#around;
    const [apollo, database] = [await lines.open(emulator.url), await lines.open(store.url!)];
    const place = ++this.#places;
    time.joinProcess(`${place}`, place);
    const by = ['--set', `api_base_url=${apollo.url}`, '--set', `state.url=${database.url}`];
    const environment = { TEAM_TIME: JSON.stringify({ path: file.path, process: place }) };
    const worker = workers.startIn(environment, ...args, ...by);
    void worker.ended.then(() => time.leave(`${place}`));
    return { worker, apollo, database, place };
  }

  /** Whether that befell before the process ended. */
  async #hit({ worker, ...own }: Running, { kind, line, after }: Moment): Promise<boolean> {
    const signal = { process: worker.process.pid!, name: kind === 'kill' ? 'SIGKILL' : 'SIGSTOP' } as const;
    const befalling = kind === 'cut' ? { cuts: [own.database] } : { signal };
    const hit = new Promise<true>((resolve) => {
      this.#around.lines.arm(own[line], after, befalling, () => resolve(true));
    });
    return Promise.race([hit, worker.ended.then(() => false)]);
  }

  /** Has another process take the stream of one that is stopped, and lets that one go on meanwhile, or then. */
  async #succeeded(stream: string, running: Running, { resumedAfterMs }: Moment): Promise<WorkerEnd> {
    const { time, file, lines } = this.#around;
    time.join(stream);
    time.leave(`${running.place}`);
    await lines.disregard(running.apollo);
    const ports = await lines.disregard(running.database);
    // One that has taken nothing yet has not compared its clock with that of the database, on which no minute passes.
    if (this.#hasTaken(running.worker)) file.setStoppedMs(running.place, STOPPED_MS);
    this.#runOut(stream, ports);
    const resume = (): void => {
      time.joinProcess(`${running.place}`, running.place);
      for (const line of [running.apollo, running.database]) lines.regard(line);
      running.worker.process.kill('SIGCONT');
    };
    if (resumedAfterMs !== undefined) void setTimeout(resumedAfterMs).then(resume);
    const ended = await this.#run(stream);
    if (resumedAfterMs === undefined) resume();
    return ended;
  }

  /** Whether this process has requests of a shared limit: the lease of its stream may still be that of one before it. */
  #hasTaken({ process: { pid } }: Worker): boolean {
    const { schema } = this.#around.store;
    return (
      psql(`select count(*) > 0 from ${schema}.leases join ${schema}.windows on blocks::jsonb ? token
        where holder like 'process ${pid} on %'`) === 't'
    );
  }

  /** A minute has passed in which a run of this stream was not heard of. */
  #runOut(stream: string, ports: readonly number[] = []): void {
    const { schema } = this.#around.store;
    psqlAfterMinute(
      ports,
      `with locked as (select action, window_name from ${schema}.windows order by 1, 2 for update)
      update ${schema}.windows as one
      set blocks = jsonb_set(blocks::jsonb, array[token, '1'], to_jsonb((blocks::jsonb -> token ->> 1)::float8 - ${STOPPED_MS}))::text
      from ${schema}.leases, locked where stream = '${stream}' and blocks::jsonb ? token
        and one.action = locked.action and one.window_name = locked.window_name;
      update ${schema}.leases set expires_at = now() at time zone 'utc' - interval '1 s' where stream = '${stream}'`,
    );
  }
}
