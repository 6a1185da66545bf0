import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../library/testing/virtual-clock.ts';
import type { SyncCommand } from '../../../runtime/commands/shared/sync-session.ts';
import { syncCommand } from '../../../runtime/commands/sync-command.ts';
import { Secrets } from '../../../runtime/config/secrets.ts';
import { Cancelled } from '../../../runtime/contract/cancelled.ts';
import { ConfigFailure, TransientFailure } from '../../../runtime/contract/failure.ts';
import type { RunSummary } from '../../../runtime/facts/report.ts';
import { nextRunAt, runOnSchedule } from '../../../runtime/run/schedule.ts';
import { Output } from '../../../runtime/text/output.ts';
import { type ToyBehaviour, type ToyConfig, ToyDestination, toyConfig } from '../../support/toy-destination.ts';
import { makeWarehouse } from '../../support/warehouse.ts';
import { temporaryFolder } from '../listeners/folder.ts';

type ScheduledRun = Parameters<typeof nextRunAt>[0];

const minute = 60_000;
const start = Date.UTC(2026, 0, 1);

const ended = (exitCode: number, retryAt?: number, codes: readonly string[] = ['quota_exhausted']): ScheduledRun => ({
  exitCode,
  summary: {
    retry_at: retryAt === undefined ? null : new Date(retryAt).toISOString(),
    streams: [{ deferred_codes: Object.fromEntries(codes.map((code) => [code, 1])) }],
  } as unknown as RunSummary,
});

describe('the next turn', () => {
  it.each<[string, ScheduledRun, { ranMs?: number; chance?: number }, number]>([
    ['is as long after the last one began as was asked for', ended(0), { ranMs: minute }, 30 * minute],
    ['comes at once when the last one took longer', ended(0), { ranMs: 50 * minute }, 50 * minute],
    ['is put off by up to a tenth', ended(0), { chance: 0.5 }, 31.5 * minute],
    ['waits until deferred rows can go on', ended(75, start + 600 * minute), {}, 600 * minute],
    ['comes sooner where they can go on sooner', ended(75, start + 5 * minute), {}, 5 * minute],
    [
      'comes in its time where a person has limited a run',
      ended(75, start + 5 * minute, ['run_limit']),
      {},
      30 * minute,
    ],
    ['waits for the limit of a day', ended(75, start + 600 * minute, ['run_limit']), {}, 600 * minute],
    ['comes for deferred rows of a run with too many rejects', ended(3, start + 5 * minute), {}, 5 * minute],
    ['comes within a day, whatever the time is that was told', ended(75, start + 1e11), {}, 1440 * minute],
    ['comes in its time after a failure', { exitCode: 1 }, {}, 30 * minute],
  ])('%s', (_, end, { ranMs = 0, chance = 0 }, expected) => {
    const clock = new VirtualClock(start + ranMs);
    clock.chance = () => chance;
    expect(nextRunAt(end, start, { everyMs: 30 * minute, clock }) - start).toBe(expected);
  });

  it('of a long interval is put off by five minutes at most', () => {
    const clock = new VirtualClock(start);
    expect(nextRunAt(ended(0), start, { everyMs: 1440 * minute, clock }) - start).toBeLessThanOrEqual(1445 * minute);
  });
});

/** Turns that end with these codes; the signal comes after the last of them. */
async function turns(codes: readonly number[]): Promise<{ exit: number; made: number; sleeps: readonly number[] }> {
  const clock = new VirtualClock(start);
  clock.chance = () => 0;
  const run = new AbortController();
  let made = 0;
  const turn = async (): Promise<ScheduledRun> => {
    const exitCode = codes[made++]!;
    if (made === codes.length) run.abort(new Cancelled('SIGTERM'));
    return { exitCode };
  };
  const exit = await runOnSchedule(turn, { everyMs: minute, clock, signal: run.signal, tell: async () => undefined });
  return { exit, made, sleeps: clock.sleeps };
}

describe('turns', () => {
  it.each<[string, readonly number[], number, number]>([
    ['go on until a signal comes', [0, 75, 3, 1, 0], 5, 0],
    ['end where the first is refused', [2, 0, 0], 1, 2],
    ['go on where a later one is refused', [0, 2, 2, 0, 2, 2, 0], 7, 0],
    ['end where three in a row are refused', [0, 2, 2, 2, 0], 4, 2],
    ['go on where the first fails', [1, 0], 2, 0],
  ])('%s', async (_, codes, made, exit) => {
    expect(await turns(codes)).toMatchObject({ made, exit });
  });

  it('end at once when a signal comes while they wait', async () => {
    const clock = new VirtualClock(start);
    const run = new AbortController();
    clock.onSleep = () => run.abort(new Cancelled('SIGTERM'));
    let made = 0;
    const turn = async (): Promise<ScheduledRun> => ({ exitCode: made++ });
    const options = { everyMs: minute, clock, signal: run.signal, tell: async () => undefined };
    expect([await runOnSchedule(turn, options), made]).toEqual([0, 1]);
  });
});

/** Time that passes only between runs: whoever counts seconds during one waits for its end. */
class TurnClock extends VirtualClock {
  override sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms !== 1000) return super.sleep(ms, signal);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}

const command: SyncCommand = {
  config: 'sync.yaml',
  streams: [],
  output: 'json',
  logFormat: 'text',
  progressEveryMs: 30_000,
  full: false,
  retryRejects: false,
  runId: undefined,
  verbosity: 'normal',
  report: undefined,
  showValues: false,
  everyMs: 30 * minute,
};

/** `sync --every 30m` of the toy, stopped while it waits after so many runs. */
async function loop(toy: ToyBehaviour, runs: number, config: Partial<ToyConfig> = {}) {
  const folder = temporaryFolder();
  const database = `${folder}/warehouse.duckdb`;
  await makeWarehouse(database, { people: [{ key: 'a' }, { key: 'b' }] });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const secrets = new Secrets([]);
  const output = new Output({ stdout, stderr, secrets });
  const clock = new TurnClock(start);
  clock.chance = () => 0;
  const run = new AbortController();
  clock.onSleep = () => {
    if (clock.sleeps.length === runs) run.abort(new Cancelled('SIGTERM'));
  };
  const settings = toyConfig({
    source: { type: 'duckdb', database },
    streams: [{ name: 'people', table: 'people', object: 'people', mode: 'upsert' }],
    rejects: { path: `${folder}/rejects.jsonl`, fail_above_percent: 100 },
    ...config,
  });
  const exit = await syncCommand(
    {
      destination: new ToyDestination(toy),
      ...{ clock, environment: {}, output, secrets, program: { name: 'toy', version: '1' } },
      terminal: { isStdout: false, isStderr: false, columns: () => 100 },
      files: { xcom: `${folder}/xcom/return.json`, terminationLog: `${folder}/termination-log` },
      configured: async () => ({ config: settings, warnings: [], secrets: [] }),
      options: { only: [], source: { temporaryDirectory: folder }, run },
    },
    command,
  );
  await output.flush();
  const lines = (stream: PassThrough) =>
    String(stream.read() ?? '')
      .split('\n')
      .filter((line) => line !== '');
  return { exit, summaries: lines(stdout).map((line): RunSummary => JSON.parse(line)), stderr: lines(stderr) };
}

describe('sync --every', () => {
  it('makes runs of their own, each with its summary, and outlives what ends one of them', async () => {
    let made = 0;
    const { exit, summaries, stderr } = await loop(
      {
        onProve: () => {
          made++;
          if (made === 2) throw new ConfigFailure('The key was refused.', { code: 'refused' });
        },
        onSend: () => {
          if (made === 3) throw new TransientFailure('The API is down.', { code: 'down', delivery: 'not-delivered' });
        },
        answer: () =>
          made === 1
            ? { status: 'deferred', code: 'quota_exhausted', message: 'later', retryAt: start + 60 * minute }
            : { status: 'created', id: '1' },
      },
      4,
    );
    expect(summaries.map(({ status, started_at }) => [status, started_at])).toEqual([
      ['deferred', '2026-01-01T00:00:00.000Z'],
      ['deferred', '2026-01-01T01:30:00.000Z'],
      ['succeeded', expect.any(String)],
    ]);
    expect(new Set(summaries.map(({ run_id }) => run_id)).size).toBe(3);
    expect(stderr.slice(0, 3)).toEqual([
      'The next run is at 2026-01-01T01:00:00.000Z.',
      'The key was refused. [refused]',
      'The next run is at 2026-01-01T01:30:00.000Z.',
    ]);
    expect(exit).toBe(0);
  });

  it('refuses a source that can be read once only', async () => {
    const { exit, summaries, stderr } = await loop({}, 1, { source: { type: 'arrow', path: '-' } });
    expect([exit, summaries, stderr]).toEqual([
      2,
      [],
      [
        'source.path: the standard input can be read once only, and --every reads the source again and again. [invalid_source]',
      ],
    ]);
  });
});
