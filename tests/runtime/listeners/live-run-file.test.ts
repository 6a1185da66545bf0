import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { statusOf } from '../../../runtime/commands/state/status.ts';
import { LiveRunFile } from '../../../runtime/listeners/live-run-file.ts';
import { liveRunOf } from '../../../runtime/state/file/live-run.ts';
import { clearLockOwner, noteLockOwner } from '../../../runtime/state/file/lock-owner.ts';
import { temporaryFolder } from './folder.ts';
import { finished, hourly, progress, START, started, waiting } from './listener-events.ts';

const tick = { type: 'tick' } as const;
let folder: string;
let path: string;
let file: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = join(folder, 'state.duckdb');
  file = `${path}.status`;
});

/** A run that has the store open, half done and waiting. */
function halfway(): LiveRunFile {
  const live = new LiveRunFile();
  noteLockOwner(path, 'run-1', START);
  const begun = started('people', 'firms');
  live.on(begun.type === 'started' ? { ...begun, state: path } : begun, START);
  live.on(progress({ read: 0 }, 0, 200), START);
  live.on(progress({ read: 100, created: 100 }, 1, 200, hourly(400)), START + 10_000);
  live.on(waiting(START + 3_600_000), START + 10_000);
  return live;
}

const status = (at: number) => statusOf(path, at, { temporaryDirectory: folder });

describe('the file beside a store', () => {
  it('says where the run is, for its owner only, and is gone when the run has ended', async () => {
    const live = halfway();
    expect(existsSync(file)).toBe(false);
    live.on(tick, START + 11_000);
    expect((statSync(file).mode & 0o777).toString(8)).toBe('600');
    const { run, liveness } = liveRunOf(path, START + 12_000)!;
    expect([liveness, run.run_id, run.pid]).toEqual(['running', 'run-1', process.pid]);
    expect(run.streams).toMatchObject([
      { name: 'people', is_active: true, total: 200, done: 100, created: 100, eta_seconds: 3589 },
      { name: 'firms', is_active: false, total: null, done: 0, eta_seconds: null },
    ]);
    expect(run.waits).toMatchObject([{ until: '2026-01-01T01:00:00.000Z' }]);
    expect(readdirSync(folder).sort()).toEqual(['state.duckdb.lock', 'state.duckdb.status']);
    live.on(finished(), START + 13_000);
    await live.close();
    expect(existsSync(file)).toBe(false);
  });

  it('is written by the run alone that has the store, and taken away by no other', async () => {
    const live = halfway();
    noteLockOwner(path, 'run-2', START);
    live.on(tick, START + 11_000);
    expect(existsSync(file)).toBe(false);
    writeFileSync(file, JSON.stringify({ run_id: 'run-2' }));
    await live.close();
    expect(readFileSync(file, 'utf8')).toContain('run-2');
    clearLockOwner(path);
  });
});

describe('status', () => {
  it('tells of the run that goes on, without a look into its store', async () => {
    const live = halfway();
    live.on(tick, START + 11_000);
    const { text, json } = await status(START + 13_000);
    expect(text).toContain(`Run run-1 goes on (process ${process.pid} on `);
    expect(text).toContain('people  59 min 49 s   100  200      100');
    expect(text).toContain('POST people waits until 2026-01-01T01:00:00.000Z (hour).');
    expect(text).toContain('Calls: POST people: 1.');
    expect(json).toMatchObject([
      { type: 'run_status', state: 'running', run_id: 'run-1', calls: { 'POST people': 1 } },
    ]);
    live.on({ type: 'stopping', signal: 'SIGINT' }, START + 12_000);
    live.on(tick, START + 12_000);
    expect((await status(START + 13_000)).json).toMatchObject([{ state: 'stopping' }]);
  });

  it('tells a run that is silent from one that goes on, and one that was killed from both', () => {
    const live = halfway();
    live.on(tick, START + 11_000);
    const at = (change: object, ms: number) => {
      writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...change }));
      return liveRunOf(path, START + 11_000 + ms)!.liveness;
    };
    expect(at({}, 60_000)).toBe('running');
    expect(at({}, 60_001)).toBe('silent');
    const dead = spawnSync(process.execPath, ['--eval', '0']).pid;
    expect(at({ pid: dead }, 0)).toBe('killed');
    // Its number is another process's by now.
    expect(at({ pid: process.pid, process: '1' }, 0)).toBe('killed');
    // What runs elsewhere can only be waited for.
    expect([at({ host: 'elsewhere', pid: dead }, 0), at({}, 60_001)]).toEqual(['running', 'silent']);
  });
});
