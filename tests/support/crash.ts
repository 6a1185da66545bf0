import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, startEmulator } from '../../emulator/server/server.ts';
import { systemClock } from '../../runtime/contract/clock.ts';
import { shown } from '../scenarios/scenario.ts';
import { bundled } from './program.ts';
import { Runs } from './stateful.ts';
import type { TestRow } from './warehouse.ts';

/** Where a run is killed, and the how-many-eth time that it comes there. */
export interface Death {
  /** `request`: before Apollo handles it. `applied`: after, without an answer. `answered`: with it. Two around a commit. */
  readonly at: 'request' | 'applied' | 'answered' | 'commit' | 'committed';
  readonly n: number;
}

/** What is there in the end: Apollo's records by e-mail, and the state store with ids replaced by e-mails. */
export interface Remains {
  readonly held: readonly unknown[];
  readonly stored: readonly unknown[];
}

const person = (i: number, more: TestRow): TestRow => ({
  id: `row ${i}`,
  email: `person${i}@company${i}.example`,
  first_name: `First${i}`,
  last_name: `Last${i}`,
  title: 'CTO',
  mobile_phone: null,
  lists: null,
  ...more,
});

const phone = (i: number) => `+1 202 555 01${String(i).padStart(2, '0')}`;
const group = (i: number) => ['North', 'South', 'East', 'West'][i % 4]!;

/** What a first run has brought over: some rows, of which one is refused. */
const before = Array.from({ length: 12 }, (_, i) =>
  person(i, { lists: group(i), ...(i === 11 && { email: 'nonsense' }) }),
);

/** About 40 calls: 8 changes, 14 new people with phones and lists, 4 whom Apollo has already, and some refusals. */
const after = [
  ...before.map((row, i) => (i < 8 ? { ...row, title: 'CEO' } : row)),
  ...Array.from({ length: 14 }, (_, i) => person(20 + i, { mobile_phone: phone(i), lists: group(i) })),
  ...Array.from({ length: 4 }, (_, i) => person(40 + i, { title: 'New', lists: group(i) })),
  person(50, { title: 'bad' }),
];

const nameMatches = Array.from({ length: 4 }, (_, i) => ({
  email: `person${40 + i}@company${40 + i}.example`,
  title: 'Old',
  created_at: '2020-01-01T00:00:00Z',
}));

const stream = {
  primary_key: 'id',
  mapping: ['email', 'first_name', 'last_name', 'title', 'mobile_phone', 'lists'].map((name) => ({
    to: name,
    from: name,
  })),
};

/** What a first run has brought over, and what the run that is killed finds in the source. */
export interface Story {
  readonly stream: Readonly<Record<string, unknown>>;
  readonly before: readonly TestRow[];
  readonly after: readonly TestRow[];
}

const changes: Story = { stream, before, after };

/** Five people are gone, one has changed, and one is new. */
export const removals: Story = {
  stream: { ...stream, mode: 'mirror', lists: ['All'], max_removed_percent: 60 },
  before: before.slice(0, 11),
  after: [
    ...before.slice(0, 6).map((row, i) => (i === 0 ? { ...row, title: 'CEO' } : row)),
    person(60, { lists: 'North' }),
  ],
};

/** What is done when Apollo gets a request, and when it has carried one out. */
interface Hooks {
  request?: () => Promise<void>;
  applied?: () => Promise<void>;
}

/** Apollo and a state store after a first run, and the run that is going to be killed. */
export class Crash {
  readonly #emulator: Emulator;
  readonly #runs: Runs;
  readonly #hooks: Hooks;
  readonly #after: readonly TestRow[];

  private constructor(emulator: Emulator, runs: Runs, hooks: Hooks, after: readonly TestRow[]) {
    this.#after = after;
    this.#emulator = emulator;
    this.#runs = runs;
    this.#hooks = hooks;
  }

  static async prepare({ stream, before, after } = changes): Promise<Crash> {
    const hooks: Hooks = {};
    const emulator = await startEmulator({
      plan: 'unlimited',
      data: { contacts: nameMatches },
      trouble: [
        {
          match: { path: 'contacts/bulk_create' },
          fault: { kind: 'reject', where: { field: 'title', equals: 'bad' }, naming: 'none' },
        },
      ],
      onRequest: () => hooks.request?.(),
      onApplied: () => hooks.applied?.(),
    });
    const folder = mkdtempSync(join(tmpdir(), 'destination-apollo-crash-'));
    const runs = new Runs(emulator, { clock: systemClock, stream, config: { concurrency: 2 } }, folder);
    await runs.sync(before);
    return new Crash(emulator, runs, hooks, after);
  }

  /** The run, undisturbed. */
  async live(): Promise<void> {
    await this.#runs.sync(this.#after);
  }

  /** The run, killed; returns what it printed if it came to its end before that. */
  async die({ at, n }: Death): Promise<string | undefined> {
    const { json, folder } = await this.#runs.configuration(this.#after);
    const config = join(folder, 'sync.json');
    writeFileSync(config, JSON.stringify(json));
    const args = [
      await bundled('tests/support/crash-child.ts'),
      JSON.stringify({ at, n }),
      'sync',
      '--config',
      config,
      '--quiet',
    ];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let printed = '';
    child.stdout.on('data', (text) => (printed += text));
    if (at === 'request' || at === 'applied') this.#hooks[at] = nth(n, () => kill(child, at));
    const [, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once('exit', (code, signal) => resolve([code, signal]));
    });
    delete this.#hooks.request;
    delete this.#hooks.applied;
    return signal === 'SIGKILL' ? undefined : printed;
  }

  async remains(): Promise<Remains> {
    const keys = ['email', 'first_name', 'last_name', 'title', 'phones', 'lists'];
    const emails = new Map([...this.#emulator.store.contacts.values()].map(({ id, email }) => [id, email]));
    const stored = await this.#runs.query(
      `select primary_key, destination_id, match_key, row_hash, fingerprint, mapping_version, code, lists,
         case when outcome = 'removed' then null else "values" end as "values",
         case outcome when 'unchanged' then 'updated' else outcome end as outcome,
         (select count(*)::int from journal) as journal, (select count(*)::int from intents) as intents
       from records order by primary_key`,
    );
    return {
      held: shown(this.#emulator, 'contacts', keys)
        .map((record) => JSON.stringify(record))
        .sort(),
      stored: stored.map((row) => ({
        ...row,
        destination_id: emails.get(String(row['destination_id'])) ?? row['destination_id'],
        values: Object.entries(JSON.parse(String(row['values'])) ?? {}).sort(),
      })),
    };
  }

  async close(): Promise<void> {
    await this.#emulator.close();
    rmSync(this.#runs.folder, { recursive: true, force: true });
  }
}

/** Kills a process that waits for an answer, and lets nothing more happen to its request than has happened. */
async function kill(child: ChildProcess, at: Death['at']): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
  if (at === 'request') throw new Error('The request is not handled: its sender has gone.');
}

function nth(n: number, action: () => Promise<void>): () => Promise<void> {
  let count = 0;
  return async () => {
    if (++count === n) await action();
  };
}
