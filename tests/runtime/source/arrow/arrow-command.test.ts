import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Failure } from '../../../../runtime/contract/failure.ts';
import { allRows, failureOf, opened, temporaryFolder } from '../support.ts';

const rows = join(import.meta.dirname, '../../../fixtures/clickhouse/people.arrows');
const path = 'streams[0]';

/** A program that writes three rows, and then does something else. */
const writing = (then = ''): readonly string[] => [
  process.execPath,
  '-e',
  `process.stdout.write(require('fs').readFileSync(${JSON.stringify(rows)}), () => { ${then} })`,
];

const failed = async (command: readonly string[]) => {
  const source = await opened({ type: 'arrow', command });
  const { code, message } = (await failureOf(allRows(source, {}))) as Failure;
  return { code, message };
};

test('a program brings rows, and its columns are known before', async () => {
  const source = await opened({ type: 'arrow', command: writing() });
  expect((await source.columns({ path })).map(({ name }) => name)).toContain('email');
  expect((await allRows(source, {})).map(({ row }) => row['email'])).toEqual([
    'p1@ch.example',
    'p2@ch.example',
    'p3@ch.example',
  ]);
});

test.each([
  ['ends with another exit code than 0 after whole rows', 'process.exit(3)', 'ended with exit code 3'],
  ['is killed after whole rows', "process.kill(process.pid, 'SIGKILL')", 'ended by SIGKILL'],
])('where a program %s, its rows do not count', async (_, then, said) => {
  const { code, message } = await failed(writing(then));
  expect(code).toBe('source_unreadable');
  expect(message).toContain(`source.command: node ${said}`);
});

test('of a program that fails before it writes, the failure says how it ended, not what it has not written', async () => {
  const { code, message } = await failed([process.execPath, '-e', 'process.exit(9)']);
  expect({ code, message }).toMatchObject({ code: 'source_unreadable' });
  expect(message).toContain('ended with exit code 9');
});

test('a program that ends well in the middle of its rows is one that was cut', async () => {
  const half = `process.stdout.write(require('fs').readFileSync(${JSON.stringify(rows)}).subarray(0, 900))`;
  const { code, message } = await failed([process.execPath, '-e', half]);
  expect(code).toBe('source_unreadable');
  expect(message).not.toContain('exit code');
});

test.each([
  ['is not there', ['/tmp/nowhere/rows'], 'rows cannot be started: there is no such program'],
  ['writes something else', [process.execPath, '-e', "console.log('id,email')"], 'is not Arrow IPC'],
])('a program that %s is a matter of the configuration', async (_, command, said) => {
  const { code, message } = await failed(command);
  expect(code).toBe('invalid_source');
  expect(message).toContain(said);
});

test('what a program says is passed on, line by line', async () => {
  const told: string[] = [];
  const command = writing("process.stderr.write('one\\ntwo\\n')");
  const source = await opened({ type: 'arrow', command }, { tell: (line) => told.push(line) });
  await allRows(source, {});
  expect(told).toEqual(['one', 'two']);
});

test('a program of the source is started once for all streams, one of a stream for that stream', async () => {
  const folder = await temporaryFolder();
  const noting = (name: string) => writing(`require('fs').appendFileSync(${JSON.stringify(join(folder, name))}, 'x')`);
  const source = await opened({ type: 'arrow', command: noting('source') });
  await allRows(source, {});
  await allRows(source, { path: 'streams[1]' });
  await allRows(source, { path: 'streams[2]', command: noting('own') });
  await allRows(source, { path: 'streams[2]', command: noting('own') });
  expect(readFileSync(join(folder, 'source'), 'utf8')).toBe('x');
  expect(readFileSync(join(folder, 'own'), 'utf8')).toBe('x');
});

test('a program that is still at work when the source is closed is ended', async () => {
  const folder = await temporaryFolder();
  const file = JSON.stringify(join(folder, 'ended'));
  const command = writing(
    `setInterval(() => {}, 1000); process.on('SIGTERM', () => { require('fs').writeFileSync(${file}, ''); process.exit() }); console.error('listens')`,
  );
  let listens = (): void => {};
  const listening = new Promise<void>((resolve) => {
    listens = resolve;
  });
  const source = await opened({ type: 'arrow', command }, { tell: () => listens() });
  await source.columns({ path });
  await listening;
  await source.close();
  expect(existsSync(join(folder, 'ended'))).toBe(true);
});

test('a run that is stopped while a program has not begun to write does not wait for it', async () => {
  const stop = new AbortController();
  const reason = new Error('stopped');
  const command = [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
  const source = await opened({ type: 'arrow', command }, { stop: stop.signal });
  const columns = failureOf(source.columns({ path }));
  stop.abort(reason);
  expect(await columns).toBe(reason);
});

test('the program alone says which rows it brings, not its options, which may be secrets', async () => {
  const identityOf = async (...command: readonly string[]) =>
    (await opened({ type: 'arrow', command })).identity({ path });
  const one = await identityOf('python', 'rows.py', '--token', 'Canary');
  expect(JSON.stringify(one)).not.toMatch(/Canary|python/);
  expect(await identityOf('python', 'rows.py', '--token', 'other')).toEqual(one);
  expect(await identityOf('python', 'others.py')).not.toEqual(one);
});
