import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { isPrinted, lowestLevel } from '../../../runtime/airbyte/log-level.ts';
import { Cancelled } from '../../../runtime/contract/cancelled.ts';
import { ConfigFailure, type TransientFailure } from '../../../runtime/contract/failure.ts';
import { StateDatabase } from '../../../runtime/state/state-database.ts';
import { catalogOf, globalState, idsOf, logsOf, record, runWrite, streamState } from '../../support/airbyte.ts';
import { ManualClock, settleDown } from '../../support/manual-clock.ts';
import { ToyDestination } from '../../support/toy-destination.ts';

const rows = (count: number, stream = 'users'): string[] =>
  Array.from({ length: count }, (_, key) => record(stream, { key }));

describe('the course of a run', () => {
  test('credentials and streams are checked before a row is read, and the connection is closed', async () => {
    const toy = new ToyDestination({
      onProve: () => {
        throw new ConfigFailure('refused', { code: 'unauthorized' });
      },
    });
    const never = {
      [Symbol.asyncIterator]: () => {
        throw new Error('stdin was read');
      },
    };
    const { error } = await runWrite(never, { toy });
    expect([String(error), toy.events]).toEqual(['ConfigFailure: refused', ['open users', 'prove', 'close']]);
  });

  test('a state goes out as soon as its rows are final, in the middle of a micro-batch', async () => {
    const toy = new ToyDestination({ maxRecords: 1, maxInFlight: 1 });
    const at: number[] = [];
    const onMessage = ({ type }: { type: string }) => void (type === 'STATE' && at.push(toy.written.length));
    await runWrite([...rows(2), streamState('users', 1), ...rows(50).slice(2)], { toy, onMessage });
    expect(at[0]).toBeLessThan(10);
  });

  test('a state that came behind a full micro-batch waits for no row of the next one', async () => {
    const toy = new ToyDestination();
    const at: number[] = [];
    const onMessage = ({ type }: { type: string }) => void (type === 'STATE' && at.push(toy.written.length));
    const lines = [...rows(2), streamState('users', 1), ...rows(4).slice(2), streamState('users', 2)];
    await runWrite(lines, { toy, onMessage, limits: { maxRows: 2 } });
    expect(at).toEqual([2, 4]);
  });

  test('after a stop nothing of another stream is looked at, and states that are due go out', async () => {
    const run = new AbortController();
    const toy = new ToyDestination({ onSend: () => run.abort(new Cancelled('SIGTERM')) });
    const lines = [...rows(3, 'a'), streamState('a', 1), ...rows(2, 'b'), streamState('b', 2)];
    const ending = await runWrite(lines, { toy, run, catalog: catalogOf('a', 'b') });
    expect([ending.error, idsOf(ending), toy.events.at(-1)]).toEqual([undefined, [1], 'close']);
    expect(logsOf(ending)).toEqual(['INFO a: 3 rows (3 created)']);
  });

  test('a signal ends a run that waits for input', async () => {
    const run = new AbortController();
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    const ended = runWrite(silent, { run });
    await settleDown();
    run.abort(new Cancelled('SIGTERM'));
    expect((await ended).error).toBeUndefined();
  });

  test('input is read on, a chunk in ten minutes, while a micro-batch waits for its quota', async () => {
    const clock = new ManualClock();
    let open = (): void => undefined;
    const quota = new Promise<void>((resolve) => {
      open = resolve;
    });
    let read = 0;
    async function* stdin(): AsyncGenerator<Uint8Array> {
      for (const line of rows(20)) {
        read++;
        yield Buffer.from(`${line}\n`);
      }
    }
    const toy = new ToyDestination({ onSend: () => quota });
    const ended = runWrite(stdin(), { toy, clock, limits: { maxRows: 1 } });
    await settleDown();
    const before = read;
    for (let hour = 0; hour < 6; hour++) await clock.advance(600_000);
    expect([before, read - before]).toEqual([1, 6]);
    open();
    await settleDown();
    expect([(await ended).error, toy.written.length]).toEqual([undefined, 20]);
  });
});

describe('deferred rows', () => {
  test('end the run after their micro-batch, saying how many, why, and when to come back', async () => {
    const retryAt = Date.UTC(2026, 0, 1, 1);
    const toy = new ToyDestination({
      answer: ({ key }) =>
        Number(key) < 2
          ? undefined
          : { status: 'deferred', code: 'quota_exhausted', message: 'Quota is spent.', retryAt: retryAt - Number(key) },
    });
    const lines = [...rows(2), streamState('users', 1), ...rows(5).slice(2), streamState('users', 2), globalState(3)];
    const ending = await runWrite([...lines, ...rows(9).slice(5), streamState('users', 4)], {
      toy,
      limits: { maxRows: 5 },
    });
    expect([idsOf(ending), toy.written.length]).toEqual([[1], 5]);
    expect(String(ending.error)).toBe(
      'TransientFailure: 3 rows are deferred (quota_exhausted: 3): Quota is spent. Retry at 2026-01-01T00:59:59.996Z. The next sync takes them, from the last state given.',
    );
    expect((ending.error as TransientFailure).retryAfterMs).toBe(3_599_996);
  });
});

describe('rejected rows', () => {
  const lines = [
    ...rows(3),
    record('users', { key: 'x', invalid: true }),
    record('users', {}),
    streamState('users', 1),
  ];

  test('stand in the rejects file, and in one WARN a stream with counts and codes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rejects-'));
    const path = join(folder, 'deep', 'rejects.jsonl');
    const ending = await runWrite(lines, { config: { rejects: { path, fail_above_percent: 100 } } });
    const written = readFileSync(path, 'utf8').trim().split('\n');
    expect(written.map((line) => JSON.parse(line).code)).toEqual(['invalid_value', 'missing_required_field']);
    expect(logsOf(ending)).toEqual([
      'INFO users: 5 rows (3 created, 2 rejected)',
      'WARN users: 2 rows were rejected (invalid_value: 1, missing_required_field: 1)',
    ]);
    rmSync(folder, { recursive: true });
  });

  test('stand in the rejects file before their state goes out', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rejects-'));
    const path = join(folder, 'rejects.jsonl');
    const kept: number[] = [];
    const onMessage = ({ type }: { type: string }) => {
      if (type === 'STATE') kept.push(existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').length : 0);
    };
    const config = { rejects: { path, fail_above_percent: 100 } };
    await runWrite([...lines, ...lines], { config, limits: { maxRows: 5 }, onMessage });
    expect(kept).toEqual([2, 4]);
    rmSync(folder, { recursive: true });
  });

  test('do not end the run where no file can be written, which is said once', async () => {
    const config = { rejects: { path: '/dev/null/rejects.jsonl', fail_above_percent: 100 } };
    const ending = await runWrite([...lines, ...lines], { config, limits: { maxRows: 5 } });
    expect([ending.error, ending.states.length]).toEqual([undefined, 2]);
    expect(logsOf(ending).filter((line) => line.includes('kept nowhere'))).toHaveLength(1);
  });

  test('beyond the share that is tolerated fail the run, after its states', async () => {
    const config = { rejects: { path: '/dev/null', fail_above_percent: 30 } };
    const ending = await runWrite(lines, { config });
    expect([idsOf(ending), String(ending.error)]).toEqual([
      [1],
      'ConfigFailure: 2 of 5 rows were rejected, more than rejects.fail_above_percent (30) allows.',
    ]);
  });
});

test('a state store is taken for streams under the names that it remembers them by', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'state-'));
  const opened = vi.spyOn(StateDatabase, 'open');
  const [asked] = catalogOf('users').streams;
  const catalog = { streams: [{ ...asked, stream: { ...asked!.stream, namespace: 'crm' } }] };
  const config = { state: { type: 'duckdb', path: join(folder, 'state.duckdb') } } as const;
  const ending = await runWrite([record('users', { key: 1 }, { namespace: 'crm' })], { catalog, config });
  expect([ending.error, opened.mock.calls[0]?.[1].streams]).toEqual([undefined, ['crm.users']]);
  expect(logsOf(ending)).toEqual(['INFO crm.users: 1 row (1 created)']);
  opened.mockRestore();
  rmSync(folder, { recursive: true });
});

test('what a connection tells goes to the log', async () => {
  const toy: ToyDestination = new ToyDestination({
    onSend: () => toy.dependencies!.notice({ type: 'warning', message: 'odd' }),
  });
  expect(logsOf(await runWrite(rows(1), { toy }))).toContain('WARN odd');
});

test('LOG_LEVEL says what is printed; without one we know it is INFO', () => {
  const levels = ['debug', 'Warning', ' error ', 'LOUD', undefined].map((LOG_LEVEL) => lowestLevel({ LOG_LEVEL }));
  expect(levels).toEqual(['DEBUG', 'WARN', 'ERROR', 'INFO', 'INFO']);
  expect([isPrinted('WARN', 'WARN'), isPrinted('INFO', 'WARN'), isPrinted('FATAL', 'ERROR')]).toEqual([
    true,
    false,
    true,
  ]);
});
