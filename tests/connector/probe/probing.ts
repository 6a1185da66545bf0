import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { apollo } from '../../../connector/apollo.ts';
import { probe } from '../../../connector/probe/command.ts';
import type { FactsFile } from '../../../connector/probe/facts.ts';
import type { EmulatorOptions } from '../../../emulator/server/options.ts';
import { type Emulator, startEmulator } from '../../../emulator/server/server.ts';
import type { Clock } from '../../../runtime/contract/clock.ts';
import { EmulatorClock } from '../../support/emulator-clock.ts';

/** An Apollo that ignores what it does not document, as the real one does, and a place for what a probe writes. */
export interface Place {
  readonly emulator: Emulator;
  readonly clock: EmulatorClock;
  readonly folder: string;
  readonly out: string;
}

export async function place(options: EmulatorOptions = {}): Promise<Place> {
  const clock = new EmulatorClock();
  const emulator = await startEmulator({ clock, strict: false, keepBodies: true, ...options });
  const folder = mkdtempSync(join(tmpdir(), 'probe-'));
  onTestFinished(async () => {
    await emulator.close().catch(() => {});
    rmSync(folder, { recursive: true });
  });
  return { emulator, clock, folder, out: join(folder, 'probe.json') };
}

export interface Probed {
  readonly exit: number;
  readonly text: string;
  /** What was written; undefined where nothing was. */
  readonly facts: FactsFile;
  readonly file: string;
}

interface Asked {
  readonly yes?: boolean;
  readonly onLiveWorkspace?: boolean;
  readonly withFields?: boolean;
  readonly freeMail?: string;
  readonly stage?: string;
  readonly domain?: string;
  readonly signal?: AbortSignal;
  readonly key?: string;
  readonly maxWaitSeconds?: number;
  readonly clock?: Clock;
  readonly progress?: (line: string) => Promise<void>;
}

/** Runs the probe in a place, as the command does. */
export async function probed({ emulator, clock, out }: Place, asked: Asked = {}): Promise<Probed> {
  const lines: string[] = [];
  const {
    yes = true,
    onLiveWorkspace = false,
    withFields = false,
    stage,
    domain,
    key = 'emulator-key',
    maxWaitSeconds = 120,
  } = asked;
  const json = {
    credentials: { auth_type: 'api_key', api_key: key },
    api_base_url: emulator.url,
    rate_limits: { max_wait_seconds: maxWaitSeconds },
    source: { type: 'duckdb' },
    streams: [
      {
        name: 'contacts',
        query: 'select 1',
        object: 'contacts',
        mode: 'upsert',
        primary_key: 'id',
        mapping: [{ from: 'email', to: 'email' }],
      },
    ],
  };
  const exit = await probe({
    asked: { yes, onLiveWorkspace, withFields, freeMail: asked.freeMail, out, stage, domain },
    config: apollo.configure(json, 'sync', {}).config,
    clock: asked.clock ?? clock,
    environment: {},
    version: '0.0.0',
    text: async (text) => void lines.push(text),
    progress: asked.progress ?? (async () => {}),
    signal: asked.signal ?? new AbortController().signal,
  });
  const file = yes ? readFileSync(out, 'utf8') : '';
  return { exit, text: lines.join('\n'), file, facts: yes ? (JSON.parse(file) as FactsFile) : (undefined as never) };
}

/** What a run found, by fact; what was not decided is left out. */
export const found = ({ facts }: FactsFile): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(facts).flatMap(([name, { found, verdict }]) => (verdict === 'not decided' ? [] : [[name, found]])),
  );

/** The facts that are not as assumed. */
export const different = ({ facts }: FactsFile): string[] =>
  Object.entries(facts).flatMap(([name, { verdict }]) => (verdict === 'different' ? [name] : []));

export const undecided = ({ facts }: FactsFile): string[] =>
  Object.entries(facts).flatMap(([name, { verdict }]) => (verdict === 'not decided' ? [name] : []));

/** What a process that is killed leaves: nothing that comes after. */
export class Killed extends Error {}

/** A run that is killed at its nth request, before it is sent or after Apollo has done it. Resolves with whether it came to its end. */
export async function killed(here: Place, nth: number, when: 'before' | 'after', asked: Asked = {}): Promise<boolean> {
  let requests = 0;
  let isDead = false;
  const clock: Clock = {
    now() {
      if (isDead) throw new Killed();
      return here.clock.now();
    },
    sleep: (ms, signal) => here.clock.sleep(ms, signal),
    random: () => 0.5,
  };
  const progress = async (): Promise<void> => {
    requests++;
    if (requests < nth) return;
    if (when === 'before') throw new Killed();
    const before = here.emulator.requests.total;
    setImmediate(function look() {
      isDead = here.emulator.requests.total > before;
      if (!isDead) setImmediate(look);
    });
  };
  try {
    await probed(here, { ...asked, clock, progress });
    return true;
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return false;
  }
}
