import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { record, streamState } from '../support/airbyte.ts';
import { programFile } from '../support/program.ts';
import { slow, sweepOver } from '../support/runs.ts';

// What can only be seen from outside: exit codes, signals, pipes. Everything else is tested on the generators.

const secret = 'emulator-key';
let program: string;
let emulator: Emulator;
let onApplied: () => Promise<void> = async () => undefined;
let folder: string;
let children: ChildProcessWithoutNullStreams[] = [];

beforeAll(async () => {
  program = await programFile();
  emulator = await startEmulator({
    plan: 'unlimited',
    onApplied: ({ action }) => (action === 'contacts/bulk_create' ? onApplied() : undefined),
  });
  folder = mkdtempSync(join(tmpdir(), 'executable-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
  onApplied = async () => undefined;
  emulator.reset();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await emulator.close();
});

const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};
const config = (more: object = {}) =>
  file('config.json', {
    credentials: { auth_type: 'api_key', api_key: secret },
    api_base_url: emulator.url,
    rejects: { path: join(folder, 'rejects.jsonl') },
    ...more,
  });
// As PyAirbyte names it.
const catalog = (...names: readonly string[]) =>
  file('tmpu7b2vj19.txt', {
    streams: names.map((name) => ({
      stream: { name, json_schema: { properties: { email: {}, first_name: {} } } },
      sync_mode: 'full_refresh',
      destination_sync_mode: 'append_dedup',
    })),
  });
const people = (count: number) =>
  Array.from({ length: count }, (_, i) => record('contacts', { email: `p${i}@example.com`, first_name: `P${i}` }));

interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: any message of the protocol.
  readonly messages: readonly any[];
  readonly stdout: string;
  readonly stderr: string;
}

function start(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd: folder, env: { ...process.env, ...environment } });
  children.push(child);
  const text = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (part) => {
    text.stdout += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part) => {
    text.stderr += part;
  });
  child.stdin.on('error', () => undefined);
  const exit = new Promise<Exit>((resolve) => {
    child.on('close', (code, signal) => {
      const lines = text.stdout.split('\n').filter((line) => line !== '');
      resolve({ code, signal, messages: lines.map((line) => JSON.parse(line)), ...text });
    });
  });
  return { child, exit, text };
}

const run = (args: readonly string[], input: readonly string[] = [], environment: Record<string, string> = {}) => {
  const { child, exit } = start(args, environment);
  child.stdin.end(input.map((line) => `${line}\n`).join(''));
  return exit;
};
const write = (input: readonly string[], environment?: Record<string, string>) =>
  run(['write', '--config', config(), '--catalog', catalog('contacts')], input, environment);

describe('1.2 exit codes', () => {
  test('a write that succeeds ends with 0, its states, and nothing on stderr', async () => {
    const { code, stderr, messages } = await write([...people(3), streamState('contacts', 1)]);
    expect([code, stderr]).toEqual([0, '']);
    expect(messages.map(({ type }) => type)).toEqual(['STATE', 'LOG']);
    expect(messages[0].state).toMatchObject({ id: 1, destinationStats: { recordCount: 3 } });
    expect(emulator.store.contacts.size).toBe(3);
  });

  test('a check that a person can put right is FAILED with 0; a good one SUCCEEDED with 0', async () => {
    const bad = file('bad.json', {
      credentials: { auth_type: 'api_key', api_key: 'wrong' },
      api_base_url: emulator.url,
    });
    const [failed, fine] = await Promise.all([run(['check', '--config', bad]), run(['check', '--config', config()])]);
    expect([failed.code, failed.messages.at(-1).connectionStatus.status]).toEqual([0, 'FAILED']);
    expect([fine.code, fine.messages.at(-1).connectionStatus.status]).toEqual([0, 'SUCCEEDED']);
  });

  test('a check that no one can answer is a TRACE with 1', async () => {
    const gone = file('gone.json', {
      credentials: { auth_type: 'api_key', api_key: secret },
      api_base_url: 'http://127.0.0.1:1/api/v1',
      retries: { max_retries: 0 },
    });
    const { code, messages } = await run(['check', '--config', gone]);
    expect([code, messages.at(-1).trace.error.failure_type]).toEqual([1, 'transient_error']);
    expect(messages.some(({ type }) => type === 'CONNECTION_STATUS')).toBe(false);
  });

  sweepOver([
    ['config_error', ['write', '--catalog', 'users'], [record('users', { email: 'a@b.co' })]],
    ['system_error', ['write', '--catalog', 'contacts'], ['not json']],
    ['transient_error', ['write', '--catalog', 'contacts'], []],
  ])('a TRACE of %s always goes with 1', async (type, [, , name], input) => {
    const { child, exit } = start(['write', '--config', config(), '--catalog', catalog(name!)]);
    child.stdin.end(input.length > 0 ? `${input.join('\n')}\n` : '{"type":"REC');
    const { code, messages } = await exit;
    expect([code, messages.at(-1).type, messages.at(-1).trace.error.failure_type]).toEqual([1, 'TRACE', type]);
    expect(messages.at(-1).trace.emitted_at).toBeGreaterThan(1e12);
    expect(messages.at(-1).trace.error.internal_message).toMatch(/^\w+(Failure|Input) \w+$/);
  });

  test('it ends though the client goes on sending', slow, async () => {
    const { child, exit } = start(['write', '--config', config(), '--catalog', catalog('contacts')]);
    child.stdin.write('not json\n');
    const { code, messages } = await exit;
    expect([code, messages.map(({ type }) => type)]).toEqual([1, ['TRACE']]);
  });

  test('an unknown command, or a missing option, is 2', async () => {
    const [unknown, missing] = await Promise.all([run(['read']), run(['write', '--config', config()])]);
    expect([unknown.code, missing.code, unknown.stdout, missing.stdout]).toEqual([2, 2, '', '']);
  });

  test('SIGTERM finishes what is in flight, gives the states that are due, and dies by the signal', async () => {
    const tells = "data:text/javascript,process.once('SIGTERM',()=>console.error('heard'))";
    const args = ['write', '--config', config(), '--catalog', catalog('contacts')];
    const { child, exit } = start(args, { NODE_OPTIONS: `--import=${tells}` });
    // What is in flight is answered when the signal has arrived.
    const heard = new Promise<unknown>((resolve) => child.stderr.once('data', resolve));
    onApplied = async () => {
      onApplied = async () => void (await heard);
      child.kill('SIGTERM');
      await heard;
    };
    const [first, others] = [people(10_000).slice(0, 100), people(10_000).slice(100)];
    child.stdin.write([...first, streamState('contacts', 1), ...others, streamState('contacts', 2), ''].join('\n'));
    const { code, signal, messages } = await exit;
    expect([code, signal]).toEqual([null, 'SIGTERM']);
    expect(messages.filter(({ type }) => type === 'TRACE')).toEqual([]);
    expect(messages.flatMap(({ type, state }) => (type === 'STATE' ? [state.id] : []))).toEqual([1]);
    const sent = messages.at(-1).log.message.match(/(\d+) created/)[1];
    expect(Number(sent)).toBe(emulator.store.contacts.size);
    expect(emulator.store.contacts.size).toBeLessThan(1_000);
  });
});

test(
  'a write with a state store that is killed in the middle goes on from there, with no duplicate',
  slow,
  async () => {
    const path = config({ state: { type: 'duckdb', path: join(folder, 'state.duckdb') }, concurrency: 2 });
    const args = ['write', '--config', path, '--catalog', catalog('contacts')];
    const lines = [...people(300), streamState('contacts', 1), ...people(1_000).slice(300), streamState('contacts', 2)];
    const { child, exit } = start(args);
    let requests = 0;
    onApplied = async () => {
      if (++requests !== 5) return;
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
    };
    child.stdin.end(lines.map((line) => `${line}\n`).join(''));
    expect((await exit).signal).toBe('SIGKILL');
    expect(emulator.store.contacts.size).toBeLessThan(1_000);

    const again = await run(args, lines);
    const states = again.messages.flatMap(({ type, state }) => (type === 'STATE' ? [state.id] : []));
    expect([again.code, states]).toEqual([0, [1, 2]]);
    const emails = [...emulator.store.contacts.values()].map(({ email }) => email);
    expect([emails.length, new Set(emails).size]).toEqual([1_000, 1_000]);
    // What was lost with the process was its own: nothing is taken for somebody else's.
    expect(again.messages.at(-1).log.message).toMatch(/1,000 rows \([\d,]+ created(, [\d,]+ unchanged)?\)/);

    const before = emulator.requests.count('contacts/bulk_create');
    const third = await run(args, lines);
    expect(third.messages.at(-1).log.message).toBe('contacts: 1,000 rows (1,000 unchanged)');
    expect(emulator.requests.count('contacts/bulk_create')).toBe(before);
  },
);

describe('1.1 and 1.3', () => {
  test('spec needs no file, and unknown options are a WARN', async () => {
    const { code, messages } = await run(['spec', '--config', 'nowhere.json', '--debug']);
    expect([code, messages.map(({ type }) => type)]).toEqual([0, ['LOG', 'LOG', 'SPEC']]);
    expect(messages[0].log.level).toBe('WARN');
  });

  test('discover is one DESTINATION_CATALOG with explicit additionalProperties', async () => {
    const { code, messages } = await run(['discover', `--config=${config()}`]);
    const { operations } = messages.at(-1).destination_catalog;
    const named = operations.map(({ object_name, sync_mode }: Record<string, string>) => `${object_name} ${sync_mode}`);
    expect([code, named]).toEqual([
      0,
      [
        'contacts append',
        'contacts append_dedup',
        'contacts update',
        'accounts append',
        'accounts append_dedup',
        'accounts update',
      ],
    ]);
    for (const { json_schema } of operations) {
      expect(json_schema.additionalProperties).toBe(false);
      const [stage] = Object.keys(json_schema.properties).filter((name) => name.endsWith('_stage_id'));
      expect(json_schema.properties[stage!].enum.length).toBeGreaterThan(1);
    }
  });

  test('LOG_LEVEL is obeyed, in any case', slow, async () => {
    const { messages } = await write([...people(1), streamState('contacts', 1)], { LOG_LEVEL: 'Error' });
    expect(messages.map(({ type }) => type)).toEqual(['STATE']);
  });

  test('no secret and no row is on stdout or stderr, whatever goes wrong', slow, async () => {
    const bad = [record('contacts', { email: 'canary-row' }), streamState('contacts', 1)];
    const ends = [
      await write([...bad, 'canary-row is not json']),
      await write([...bad, `{"type":"RECORD","record":{"stream":"contacts","data":{"email":"canary-row`]),
      await write([record('other', { email: 'canary-row' })]),
    ];
    for (const { stdout, stderr } of ends) {
      expect(`${stdout}${stderr}`).not.toContain('canary-row');
      expect(`${stdout}${stderr}`).not.toContain(secret);
    }
    expect(ends[0]!.messages[0].state.destinationStats).toEqual({ recordCount: 0, rejectedRecordCount: 1 });
    const rejects = readFileSync(join(folder, 'rejects.jsonl'), 'utf8').trim().split('\n');
    expect(JSON.parse(rejects[0]!)).toMatchObject({ stream: 'contacts', code: 'invalid_email' });
  });

  test('a client that stops reading ends it', slow, async () => {
    const { child, exit } = start(['write', '--config', config(), '--catalog', catalog('contacts')]);
    child.stdout.destroy();
    child.stdin.write(`${people(10_000).join('\n')}\n${streamState('contacts', 1)}\n`);
    const { code, stderr } = await exit;
    expect([code, stderr]).toEqual([1, '']);
  });
});
