import { describe, expect, it } from 'vitest';
import { JsonLines } from '../../../runtime/listeners/json-lines.ts';
import type { ListenerEvent } from '../../../runtime/listeners/listener.ts';
import { type Pace, PlainLines } from '../../../runtime/listeners/plain-lines.ts';
import { called, finished, progress, refused, START, show, started, summaryOf, waiting } from './listener-events.ts';

const tick: ListenerEvent = { type: 'tick' };
const warning: ListenerEvent = { type: 'warning', message: 'column x is not mapped.' };
const failed = finished(summaryOf({ status: 'failed', error: 'The key was revoked.' }), { exitCode: 1 });

async function linesOf(
  kind: typeof PlainLines | typeof JsonLines,
  verbosity: Pace['verbosity'],
  ...events: readonly ListenerEvent[]
): Promise<readonly string[]> {
  const lines: string[] = [];
  await show(new kind(async (line) => void lines.push(line), { verbosity, progressEveryMs: 30_000 }), ...events);
  return lines;
}

describe('plain lines', () => {
  it.each<[Pace['verbosity'], readonly string[]]>([
    ['quiet', ['The key was revoked.']],
    [
      'normal',
      [
        'warning: column x is not mapped.',
        'POST people waits until 2026-01-01T00:01:00.000Z (hour).',
        'The key was revoked.',
      ],
    ],
    [
      'verbose',
      [
        'warning: column x is not mapped.',
        'POST people 200 42 ms, 100 records',
        'POST people waits until 2026-01-01T00:01:00.000Z (hour).',
        'The key was revoked.',
      ],
    ],
  ])('%s', async (verbosity, lines) => {
    const seen = [started(), warning, called(), waiting(START + 60_000), failed];
    expect(await linesOf(PlainLines, verbosity, ...seen)).toEqual(lines);
  });

  it('say every 30 seconds where the run is, and what it waits for', async () => {
    const ticks = Array.from({ length: 70 }, () => tick);
    const lines = await linesOf(
      PlainLines,
      'normal',
      started(),
      progress({ read: 5, created: 5 }, 1),
      waiting(START + 3_600_000),
      ...ticks,
    );
    expect(lines.slice(1)).toEqual([
      'people: 5 rows, waits 59 min 30 s, 5 created, 1 call',
      'people: 5 rows, waits 59 min, 5 created, 1 call',
    ]);
    expect(await linesOf(PlainLines, 'quiet', started(), progress({ read: 5 }, 1), ...ticks)).toEqual([]);
  });

  it('say why nothing was done; of a defect, where it is', async () => {
    expect(await linesOf(PlainLines, 'quiet', refused)).toEqual(['streams[0]: no such table. [invalid_config]']);
    const defect = finished(summaryOf({ status: 'failed', error: 'x is undefined' }), {
      stack: 'TypeError: x is undefined\n at y',
    });
    expect(await linesOf(PlainLines, 'quiet', defect)).toEqual(['TypeError: x is undefined\n at y']);
  });
});

describe('lines as JSON', () => {
  const parsed = async (verbosity: Pace['verbosity'], ...events: readonly ListenerEvent[]) =>
    (await linesOf(JsonLines, verbosity, ...events)).map((line) => JSON.parse(line));

  it('carry time, level, event, message and run', async () => {
    const windows = [{ name: 'hour', limit: 400, used: 100 }];
    const lines = await parsed('verbose', started(), warning, called({ windows }), waiting(START + 60_000), finished());
    const run = { run_id: 'run-1' };
    const message = 'POST people waits until 2026-01-01T00:01:00.000Z (hour).';
    expect(lines).toEqual([
      {
        at: '2026-01-01T00:00:00.000Z',
        level: 'info',
        event: 'started',
        message: 'Reads from duckdb:warehouse.duckdb.',
        streams: [{ name: 'people', object: 'contacts', mode: 'upsert', from: 'marts.people' }],
        ...run,
      },
      {
        at: '2026-01-01T00:00:01.000Z',
        level: 'warning',
        event: 'warning',
        message: 'column x is not mapped.',
        ...run,
      },
      {
        at: '2026-01-01T00:00:02.000Z',
        level: 'debug',
        event: 'called',
        message: 'POST people 200 42 ms, 100 records',
        request: 'POST people',
        status: 200,
        ms: 42.4,
        attempt: 1,
        records: 100,
        ...run,
      },
      {
        at: '2026-01-01T00:00:03.000Z',
        level: 'info',
        event: 'waiting',
        message,
        until: '2026-01-01T00:01:00.000Z',
        ...run,
      },
      {
        at: '2026-01-01T00:00:04.000Z',
        level: 'info',
        event: 'finished',
        message: 'The run ended: succeeded.',
        status: 'succeeded',
        exit_code: 0,
        retry_at: null,
        ...run,
      },
    ]);
  });

  it('are errors only where it is to be quiet', async () => {
    const levels = async (...events: readonly ListenerEvent[]) =>
      (await parsed('quiet', ...events)).map(({ level }) => level);
    expect(await levels(started(), warning, called(), waiting(START + 60_000), finished())).toEqual([]);
    expect(await levels(started(), failed)).toEqual(['error']);
    expect(await levels(refused)).toEqual(['error']);
  });

  it('tell progress with its numbers, and null for what is not known', async () => {
    const ticks = Array.from({ length: 30 }, () => tick);
    const uncounted = await parsed('normal', started(), progress({ read: 5, created: 5 }, 1), ...ticks);
    const stream = { name: 'people', read: 5, created: 5 };
    const told = { event: 'progress', stream, calls: 1, total: null, done: 5, eta_seconds: null };
    expect(uncounted[1]).toMatchObject(told);
    const steps = [0, 50].map((read) => progress({ read }, 1, 100));
    const counted = await parsed('normal', started(), ...steps, ...ticks);
    expect(counted[1]).toMatchObject({ event: 'progress', total: 100, done: 50, eta_seconds: 29 });
  });
});

it.each([PlainLines, JsonLines])(
  '%o say at once that a signal was heard, unless they are to be quiet',
  async (kind) => {
    const stopping: ListenerEvent = { type: 'stopping', signal: 'SIGINT' };
    const [line = ''] = await linesOf(kind, 'normal', stopping);
    expect(line).toContain('SIGINT: stopping. Requests in flight are finished');
    expect(await linesOf(kind, 'quiet', stopping)).toEqual([]);
  },
);
