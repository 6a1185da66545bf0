import { readFileSync, writeFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SyncCommand } from '../../../runtime/commands/shared/sync-session.ts';
import { syncCommand } from '../../../runtime/commands/sync-command.ts';
import { Secrets } from '../../../runtime/config/secrets.ts';
import { Cancelled } from '../../../runtime/contract/cancelled.ts';
import { ConfigFailure } from '../../../runtime/contract/failure.ts';
import { Output } from '../../../runtime/text/output.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { type ToyBehaviour, ToyDestination, toyConfig } from '../../support/toy-destination.ts';
import { makeWarehouse } from '../../support/warehouse.ts';
import { temporaryFolder } from '../listeners/folder.ts';

interface Made {
  readonly exit: number;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  readonly folder: string;
}

interface Wanted {
  readonly command?: Partial<SyncCommand>;
  readonly environment?: Record<string, string>;
  readonly toy?: ToyBehaviour;
  readonly terminal?: { isStdout?: boolean; isStderr?: boolean };
  readonly configured?: () => never;
  readonly prepare?: (folder: string) => void;
  readonly run?: AbortController;
}

/** One `sync` of the toy, three rows of which one is not valid, with all that it writes. */
async function made({
  command,
  environment = {},
  toy,
  terminal,
  configured,
  prepare,
  run = new AbortController(),
}: Wanted = {}): Promise<Made> {
  const folder = temporaryFolder();
  prepare?.(folder);
  const database = `${folder}/warehouse.duckdb`;
  await makeWarehouse(database, { people: [{ key: 'a' }, { key: 'b' }, { key: 'c', invalid: true }] });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const secrets = new Secrets(['canary']);
  const output = new Output({ stdout, stderr, secrets });
  const config = toyConfig({
    source: { type: 'duckdb', database },
    streams: [{ name: 'people', table: 'people', object: 'people', mode: 'upsert' }],
    rejects: { path: `${folder}/rejects.jsonl`, fail_above_percent: 100 },
  });
  const exit = await syncCommand(
    {
      destination: new ToyDestination(toy),
      clock: new ManualClock(),
      environment,
      output,
      secrets,
      program: { name: 'toy', version: '1' },
      terminal: { isStdout: false, isStderr: false, columns: () => 100, ...terminal },
      files: { xcom: `${folder}/xcom/return.json`, terminationLog: `${folder}/termination-log` },
      configured: async () => configured?.() ?? { config, warnings: ['column x is not mapped.'], secrets: [] },
      options: { only: [], source: { temporaryDirectory: folder }, run, runId: 'r1' },
    },
    { ...asked, ...command },
  );
  await output.flush();
  const lines = (stream: PassThrough) =>
    String(stream.read() ?? '')
      .split('\n')
      .filter((line) => line !== '');
  return { exit, stdout: lines(stdout), stderr: lines(stderr), folder };
}

const asked: SyncCommand = {
  config: 'sync.yaml',
  streams: [],
  output: undefined,
  logFormat: 'text',
  progressEveryMs: 30_000,
  full: false,
  retryRejects: false,
  runId: undefined,
  verbosity: 'normal',
  everyMs: undefined,
  report: undefined,
  showValues: false,
};

const refuse = (): never => {
  throw new ConfigFailure('credentials: missing; canary.', { code: 'invalid_config' });
};

describe('sync', () => {
  it('says on stdout, in one line, what it did, and on stderr what happened', async () => {
    const { exit, stdout, stderr } = await made();
    expect([exit, stdout.length, stderr]).toEqual([0, 1, ['warning: column x is not mapped.']]);
    expect(JSON.parse(stdout[0]!)).toMatchObject({
      type: 'run_summary',
      run_id: 'r1',
      streams: [{ created: 2, rejected: 1 }],
    });
  });

  it('shows a person the outcomes, an example of each reject, and no value of a row', async () => {
    const { stdout } = await made({ terminal: { isStdout: true } });
    expect(stdout).toContain('people  invalid_value      1  not valid');
    expect(stdout.at(-2)).toMatch(/^Run r1: .*succeeded/);
  });

  it('draws on stderr where that is a terminal, and only there', async () => {
    const { stderr } = await made({ terminal: { isStderr: true } });
    expect(stderr.at(-1)).toMatch(/people {2}3 of 3 rows {2}2 created/);
    const { stderr: quiet } = await made({ terminal: { isStderr: true }, command: { verbosity: 'quiet' } });
    expect(quiet).toEqual([]);
  });

  it('tells its log as JSON, and Kestra its outputs, where it is asked to', async () => {
    const { stdout, stderr } = await made({ command: { logFormat: 'json', output: 'kestra' } });
    expect(stderr.map((line) => JSON.parse(line).event)).toEqual(['started', 'warning', 'finished']);
    expect(JSON.parse(stdout[0]!.slice(2, -2)).outputs.run_id).toBe('r1');
  });

  it('that comes to nothing says why, with exit code 2, and nothing on stdout', async () => {
    const { exit, stdout, stderr, folder } = await made({
      configured: refuse,
      prepare: (folder) => writeFileSync(`${folder}/termination-log`, ''),
    });
    expect([exit, stdout, stderr]).toEqual([2, [], ['credentials: missing; ****. [invalid_config]']]);
    expect(JSON.parse(readFileSync(`${folder}/termination-log`, 'utf8'))).toMatchObject({ exit_code: 2 });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('that %s stops tells %i as its exit code, as a shell would', async (signal, code) => {
    const run = new AbortController();
    const { exit, stderr, folder } = await made({
      run,
      toy: { onSend: () => run.abort(new Cancelled(signal)) },
      command: { logFormat: 'json' },
      prepare: (folder) => writeFileSync(`${folder}/termination-log`, ''),
    });
    expect([exit, JSON.parse(stderr.at(-1)!).exit_code]).toEqual([code, code]);
    const events = stderr.map((line) => JSON.parse(line));
    expect(events.filter(({ event }) => event === 'stopping')).toMatchObject([{ signal }]);
    const ended = JSON.parse(readFileSync(`${folder}/termination-log`, 'utf8'));
    expect([ended.status, ended.exit_code]).toEqual(['cancelled', code]);
  });

  it('that finds a defect tells where it is', async () => {
    const { exit, stderr } = await made({
      toy: {
        onProve: () => {
          throw new TypeError('x is undefined');
        },
      },
    });
    expect([exit, stderr[1]]).toEqual([1, 'TypeError: x is undefined']);
    expect(stderr[2]).toMatch(/^ {4}at /);
  });

  it('goes on without an observer that cannot be set up, and says so', async () => {
    const { exit, stderr } = await made({ environment: { OPENLINEAGE_URL: 'marquez', DAGSTER_PIPES_CONTEXT: 'x' } });
    expect([exit, stderr.slice(0, 2)]).toEqual([
      0,
      [
        'warning: DAGSTER_PIPES_CONTEXT is set, DAGSTER_PIPES_MESSAGES is not. The run goes on without it.',
        'warning: OPENLINEAGE_URL is not a URL, such as http://marquez:5000. The run goes on without it.',
      ],
    ]);
  });

  const encoded = (value: unknown) => deflateSync(JSON.stringify(value)).toString('base64');

  it.each(['stdout', 'stderr'] as const)('under Dagster with messages on %s leaves it to them', async (stream) => {
    const ended = await made({
      environment: {
        DAGSTER_PIPES_CONTEXT: encoded({ data: { asset_keys: ['people'] } }),
        DAGSTER_PIPES_MESSAGES: encoded({ stdio: stream }),
      },
      terminal: { isStdout: true, isStderr: true },
      command: { verbosity: 'verbose' },
    });
    const methods = ended[stream].map((line) => JSON.parse(line).method);
    expect([methods[0], methods.at(-1), methods.includes('report_asset_materialization')]).toEqual([
      'opened',
      'closed',
      true,
    ]);
    if (stream === 'stderr') expect(ended.stdout.join()).toContain('Run r1');
  });
});
