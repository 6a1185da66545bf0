import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kestraLine } from '../../../runtime/listeners/kestra.ts';
import { resultFile, terminationLog, terminationText } from '../../../runtime/listeners/result-files.ts';
import { temporaryFolder } from './folder.ts';
import { finished, refused, reportOf, show, started, summaryOf } from './listener-events.ts';

const mask = (text: string) => text.replaceAll('s3cret', '****');
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const secret = summaryOf({ status: 'failed', error: 'has s3cret in it' });

describe('a result file', () => {
  it('has the summary, without secrets, where its folder exists', async () => {
    const folder = temporaryFolder();
    mkdirSync(`${folder}/xcom`);
    await show(resultFile(`${folder}/xcom/return.json`, mask), started(), finished(secret));
    expect(read(`${folder}/xcom/return.json`)).toEqual({ ...secret, error: 'has **** in it' });
  });

  it('says why nothing was done', async () => {
    const folder = temporaryFolder();
    await show(resultFile(`${folder}/return.json`, mask), refused);
    expect(read(`${folder}/return.json`)).toEqual({
      type: 'run_refused',
      exit_code: 2,
      error: 'streams[0]: no such table.',
      error_code: 'invalid_config',
    });
  });

  it('is not made where its folder does not exist', async () => {
    const folder = temporaryFolder();
    await show(resultFile(`${folder}/xcom/return.json`, mask), finished());
    expect(() => read(`${folder}/xcom/return.json`)).toThrow('ENOENT');
  });
});

describe('the termination log', () => {
  it('is written where it exists', async () => {
    const path = `${temporaryFolder()}/termination-log`;
    writeFileSync(path, '');
    await show(terminationLog(path, mask), finished(secret, { exitCode: 1 }));
    expect(read(path)).toMatchObject({ run_id: 'run-1', status: 'failed', exit_code: 1, error: 'has **** in it' });
    await show(terminationLog(path, mask), refused);
    expect(read(path)).toEqual({
      type: 'run_refused',
      exit_code: 2,
      error: 'streams[0]: no such table.',
      error_code: 'invalid_config',
    });
  });

  it('is not made where it does not exist', async () => {
    const path = `${temporaryFolder()}/termination-log`;
    await show(terminationLog(path, mask), finished());
    expect(() => read(path)).toThrow('ENOENT');
  });

  it('has at most 4096 bytes: what it takes to act first, then as many streams as fit', () => {
    const streams = Array.from({ length: 50 }, (_, i) => reportOf({ name: `stream ${i}`, read: i }));
    const text = terminationText(summaryOf({ status: 'failed', error: '\u0001'.repeat(9000), streams }), 1);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(4096);
    const { exit_code, status, streams: shown, more_streams } = JSON.parse(text);
    expect([exit_code, status, shown.length + more_streams]).toEqual([1, 'failed', 50]);
    expect(JSON.parse(terminationText(summaryOf(), 0))).toMatchObject({ streams: [{ name: 'people', read: 3 }] });
  });
});

describe('the line for Kestra', () => {
  it('has the summary as outputs and a counter for each outcome', () => {
    const line = kestraLine(summaryOf());
    expect(line).toMatch(/^::\{.*\}::$/);
    const { outputs, metrics } = JSON.parse(line.slice(2, -2));
    expect(outputs).toEqual(summaryOf());
    expect(metrics).toHaveLength(8);
    expect(metrics[1]).toEqual({ name: 'created', type: 'counter', value: 2, tags: { stream: 'people' } });
  });

  it('has none of the characters at which Java ends a line', () => {
    const error = 'a\u2028b\u2029c\u0085d\ne';
    const line = kestraLine(summaryOf({ error }));
    expect(line).not.toMatch(/[\n\u0085\u2028\u2029]/);
    expect(JSON.parse(line.slice(2, -2)).outputs.error).toBe(error);
  });
});
