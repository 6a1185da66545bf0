import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { ServerState } from '../../runtime/contract/state-config.ts';
import { closeEmulators, startApollo } from '../support/emulator.ts';
import { psqlAfterMinute } from './let-go.ts';
import { type Line, Lines } from './lines.ts';
import { newSchema, storeIn } from './support.ts';
import { type Worker, type WorkerEnd, Workers } from './workers.ts';

const names = ['a', 'b', 'c', 'd'] as const;
/** Of each stream, so many rows whose records Apollo has, and so many that are new. */
const [KNOWN, FRESH] = [30, 250];

const emails = (stream: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `p${n}@${stream}.example`);
const tables = Object.fromEntries(
  names.map((name) => [
    name,
    emails(name, KNOWN + FRESH).map((email, n) => ({ id: `${n}`, email, first_name: 'P', company: name })),
  ]),
);
const contacts = names.flatMap((name) =>
  emails(name, KNOWN).map((email) => ({ email, first_name: 'Former', created_at: '2020-01-01T00:00:00Z' })),
);

/** What befalls the process of a stream, once Apollo has seen so many requests. */
interface Mishap {
  readonly victim: (typeof names)[number];
  readonly kind: 'kill' | 'stop' | 'cut';
  readonly after: number;
}

const mishaps: fc.Arbitrary<Mishap> = fc.record({
  victim: fc.constantFrom(...names),
  kind: fc.constantFrom('kill' as const, 'stop' as const, 'cut' as const),
  after: fc.integer({ min: 5, max: 120 }),
});

/** Who was stopped within a transaction was let go of by the server. */
const LOST: readonly (string | undefined)[] = ['lease_lost', 'state_unreachable'];

/** Its leases run out: a minute has passed in which it was not heard of. */
const runOut = ({ schema }: ServerState, stream: string, ports: readonly number[]): string =>
  psqlAfterMinute(
    ports,
    `update ${schema}.leases set expires_at = now() at time zone 'utc' - interval '1 s' where stream = '${stream}'`,
  );

/** Four processes, of which one is killed, stopped for longer than its lease lasts, or loses the database. */
async function played({ victim, kind, after }: Mishap) {
  let seen = 0;
  let befall = (): void => undefined;
  const emulator = await startApollo({
    data: { contacts },
    onRequest: () => {
      if (++seen === after) befall();
    },
  });
  const store = storeIn(newSchema());
  const lines = new Lines();
  try {
    const line = await lines.open(store.url!);
    const workers = await Workers.over(emulator, tables, { state: store });
    const own = ['--set', `state.url=${line.url}`];
    const started = new Map<string, Worker>(
      names.map((name) => [name, workers.start('--stream', name, ...(name === victim ? own : []))]),
    );
    const hit = new Promise<'hit'>((resolve) => {
      befall = () => {
        strike(kind, started.get(victim)!, { lines, line });
        resolve('hit');
      };
    });
    const all = Promise.all([...started.values()].map(({ ended }) => ended));
    const isHit = (await Promise.race([hit, all])) === 'hit';
    const stopped =
      isHit && kind === 'stop'
        ? await succeeded(workers, store, { victim, started, ports: await lines.disregard(line) })
        : undefined;
    const ended = await all;
    return { emulator, store, workers, isHit, stopped, ended: new Map(names.map((name, i) => [name, ended[i]!])) };
  } finally {
    await lines.close();
  }
}

function strike(kind: string, { process }: Worker, { lines, line }: { lines: Lines; line: Line }): void {
  if (kind === 'cut') lines.cut(line);
  else process.kill(kind === 'kill' ? 'SIGKILL' : 'SIGSTOP');
}

interface Stopped {
  readonly victim: string;
  readonly started: ReadonlyMap<string, Worker>;
  /** Where the server sees its connections come from. */
  readonly ports: readonly number[];
}

/** Has another process take over the stream of one that has been stopped, and then lets that one go on. */
async function succeeded(
  workers: Workers,
  store: ServerState,
  { victim, started, ports }: Stopped,
): Promise<WorkerEnd> {
  runOut(store, victim, ports);
  const successor = await workers.start('--stream', victim).ended;
  started.get(victim)!.process.kill('SIGCONT');
  return successor;
}

afterEach(closeEmulators);

test('a process that is killed, stopped for too long or cut off leaves every record once, and others alone', {
  timeout: 24 * 3_600_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(mishaps, async (one) => {
      const { emulator, store, workers, stopped, isHit, ended } = await played(one);
      const others = names.filter((name) => name !== one.victim);
      const failed = others.map((name) => ended.get(name)!).filter(({ code }) => code !== 0);
      expect(failed).toEqual([]);
      if (stopped !== undefined) expect([stopped.code, stopped.said.slice(-2000)]).toEqual([0, expect.anything()]);
      const { code, runs } = ended.get(one.victim)!;
      // It may have come to its end before it was struck.
      if (isHit && code !== 0) expect([one.kind, code]).toEqual([one.kind, one.kind === 'kill' ? null : 75]);
      if (one.kind === 'stop' && code === 75) expect(LOST).toContain(runs.at(-1)?.error_code);
      runOut(store, one.victim, []);
      expect((await workers.start('--stream', one.victim).ended).code).toBe(0);
      const last = await workers.start().ended;
      expect(last.runs[0]!.streams.map(({ unchanged }) => unchanged)).toEqual(names.map(() => KNOWN + FRESH));
      const held = [...emulator.store.contacts.values()].map(({ email, first_name }) => `${email} ${first_name}`);
      expect(held.sort()).toEqual(
        names.flatMap((name) => emails(name, KNOWN + FRESH).map((email) => `${email} P`)).sort(),
      );
      await closeEmulators();
    }),
    {
      numRuns: Number(process.env['RUNS'] ?? 3),
      seed: Number(process.env['FC_SEED'] ?? 20_261_129),
      endOnFailure: true,
    },
  );
});
