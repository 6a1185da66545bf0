import { describe, expect, it } from 'vitest';
import { DagsterPipes } from '../../../../runtime/listeners/dagster/dagster-pipes.ts';
import type { PipesParameters } from '../../../../runtime/listeners/dagster/pipes-parameters.ts';
import type { ListenerEvent } from '../../../../runtime/listeners/listener.ts';
import { called, finished, refused, reportOf, show, started, summaryOf } from '../listener-events.ts';

interface Message {
  readonly method: string;
  readonly params: Record<string, unknown>;
}

async function messages(
  context: Partial<PipesParameters['context']>,
  ...events: readonly ListenerEvent[]
): Promise<readonly Message[]> {
  const lines: string[] = [];
  const pace = { verbosity: 'verbose', progressEveryMs: 30_000 } as const;
  const sink = { send: (line: string) => void lines.push(line), close: async () => void lines.push('"closed sink"') };
  await show(new DagsterPipes({ asset_keys: null, ...context }, sink, pace), ...events);
  expect(lines.pop()).toBe('"closed sink"');
  return lines.map((line) => JSON.parse(line));
}

const methods = (sent: readonly Message[]) => sent.map(({ method }) => method);
const paramsOf = (sent: readonly Message[], method: string) =>
  sent.filter((message) => message.method === method).map(({ params }) => params);

describe('what Dagster gets', () => {
  it('of a run: it opened, logs, each asset with its checks, the summary, it closed', async () => {
    const sent = await messages({ asset_keys: ['crm/people'] }, started(), called(), finished());
    expect(methods(sent)).toEqual([
      'opened',
      'log',
      'log',
      'report_asset_materialization',
      ...Array(3).fill('report_asset_check'),
      'report_custom_message',
      'log',
      'closed',
    ]);
    expect(paramsOf(sent, 'log')).toEqual([
      { level: 'INFO', message: 'Run run-1 reads duckdb:warehouse.duckdb: people (upsert contacts).' },
      { level: 'DEBUG', message: 'POST people 200 42 ms, 100 records' },
      { level: 'INFO', message: 'Run run-1: succeeded.' },
    ]);
    expect(paramsOf(sent, 'closed')).toEqual([{}]);
  });

  it('of an asset: counts, calls, quota, and rejects with an example and what to do', async () => {
    const windows = [{ name: 'day', limit: 2000, used: 1700 }];
    const sent = await messages(
      { asset_keys: ['crm/people'] },
      started(),
      called({ windows }),
      finished(summaryOf(), { report: 'https://x/run' }),
    );
    const [{ asset_key, metadata }] = paramsOf(sent, 'report_asset_materialization') as [Record<string, never>];
    expect(asset_key).toBe('crm/people');
    expect(metadata).toMatchObject({
      read: { raw_value: 3, type: 'int' },
      created: { raw_value: 2, type: 'int' },
      rejected: { raw_value: 1, type: 'int' },
      run_calls: { raw_value: 3, type: 'int' },
      quota_used_percent: { raw_value: 85, type: 'float' },
      quota_window: { raw_value: 'POST people: 1700 of 2000 requests of the day', type: 'text' },
      rejects_file: { raw_value: 'rejects.jsonl', type: 'path' },
      report: { raw_value: 'https://x/run', type: 'url' },
    });
    expect((metadata as unknown as Record<string, { raw_value: string }>)['rejects']!.raw_value).toBe(
      [
        '| stream | code | rows | example | what to do |',
        '| --- | --- | --- | --- | --- |',
        '| people | invalid_email | 1 | email: expected one e-mail address. | correct the address in the source, or null it where the field is optional |',
      ].join('\n'),
    );
    const checks = paramsOf(sent, 'report_asset_check').map(({ check_name, passed, severity }) => [
      check_name,
      passed,
      severity,
    ]);
    expect(checks).toEqual([
      ['no_rejects', false, 'WARN'],
      ['not_deferred', true, 'WARN'],
      ['quota_below_80_percent', false, 'WARN'],
    ]);
  });

  it('of the checks only those that are asked for', async () => {
    const extras = { asset_checks: ['not_deferred'] };
    const sent = await messages({ asset_keys: ['people'], extras }, started(), finished());
    expect(paramsOf(sent, 'report_asset_check').map(({ check_name }) => check_name)).toEqual(['not_deferred']);
  });

  it('of deferred rows: that they are no failure, and when to go on', async () => {
    const streams = [reportOf({ read: 9, deferred: 9, deferred_codes: { quota_exhausted: 9 } })];
    const summary = summaryOf({ status: 'deferred', retry_at: '2026-01-01T01:00:00.000Z', streams });
    const sent = await messages({ asset_keys: ['people'] }, started(), finished(summary, { exitCode: 75 }));
    expect(paramsOf(sent, 'report_custom_message')).toEqual([
      {
        payload: {
          type: 'run_summary',
          run_id: 'run-1',
          status: 'deferred',
          exit_code: 75,
          retry_at: '2026-01-01T01:00:00.000Z',
          error: null,
        },
      },
    ]);
    expect(paramsOf(sent, 'report_asset_check').find(({ check_name }) => check_name === 'not_deferred')).toMatchObject({
      passed: false,
      metadata: {
        deferred: { raw_value: 9 },
        codes: { raw_value: expect.stringContaining('| people | quota_exhausted | 9 |') },
      },
    });
    expect(paramsOf(sent, 'closed')).toEqual([{}]);
  });

  it('of a stream that was not begun: no materialization, and checks that do not pass', async () => {
    const summary = summaryOf({ status: 'deferred' });
    const sent = await messages({ asset_keys: ['people', 'firms'] }, started('people', 'firms'), finished(summary));
    expect(paramsOf(sent, 'report_asset_materialization').map(({ asset_key }) => asset_key)).toEqual(['people']);
    const checks = paramsOf(sent, 'report_asset_check').filter(({ asset_key }) => asset_key === 'firms');
    expect(checks.map(({ check_name, passed }) => [check_name, passed])).toEqual([
      ['no_rejects', true],
      ['not_deferred', false],
      ['quota_below_80_percent', true],
    ]);
  });

  it('of several streams in one asset: their sums, and a table of them', async () => {
    const streams = [reportOf({ read: 1, created: 1 }), reportOf({ name: 'firms', read: 2, created: 2 })];
    const sent = await messages({ asset_keys: ['crm'] }, started('people', 'firms'), finished(summaryOf({ streams })));
    const [{ metadata }] = paramsOf(sent, 'report_asset_materialization') as [{ metadata: Record<string, unknown> }];
    expect(metadata).toMatchObject({
      created: { raw_value: 3 },
      streams: { raw_value: expect.stringContaining('| firms | 2 | 2 |') },
    });
  });

  it('of a stream without an asset: a warning; outside of assets nothing', async () => {
    const warned = await messages({ asset_keys: ['a', 'b'] }, started(), finished());
    expect(paramsOf(warned, 'log').map(({ level }) => level)).toContain('WARNING');
    const quiet = await messages({}, started(), finished());
    expect(paramsOf(quiet, 'log').map(({ level }) => level)).toEqual(['INFO', 'INFO']);
  });

  it.each<[string, ListenerEvent, Record<string, unknown>]>([
    [
      'failed',
      finished(summaryOf({ status: 'failed', error: 'The key was revoked.' }), { stack: 'Error\n at x' }),
      { name: 'RunFailed', message: 'The key was revoked.' },
    ],
    [
      'cancelled',
      finished(summaryOf({ status: 'cancelled', error: 'Stopped by SIGTERM.' })),
      { name: 'RunCancelled', message: 'Stopped by SIGTERM.' },
    ],
    [
      'rejected',
      finished(summaryOf({ status: 'rejected' })),
      {
        name: 'RowsRejected',
        message: '1 of 3 rows were rejected, more than rejects.fail_above_percent allows. [too_many_rejects]',
      },
    ],
    ['refused', refused, { name: 'RunRefused', message: 'streams[0]: no such table. [invalid_config]' }],
  ])('of a run that was %s: why, without a trace of this program', async (_, end, exception) => {
    const sent = await messages({ asset_keys: ['people'] }, end);
    expect(paramsOf(sent, 'closed')).toEqual([{ exception: { ...exception, stack: [], cause: null, context: null } }]);
    expect(paramsOf(sent, 'log').at(-1)).toEqual({ level: 'ERROR', message: exception['message'] });
    expect(JSON.stringify(sent)).not.toContain(' at x');
  });
});
