import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ScaledClock } from '../calls/clock.ts';
import type { EmulatorOptions } from './options.ts';
import { profiled } from './profile.ts';
import type { SeedData } from './seeding.ts';
import { startEmulator } from './server.ts';
import { PLANS, type PlanName } from './windows.ts';

/** What the command depends on. */
interface CommandIo {
  /** Standard output. */
  readonly write: (text: string) => void;
  /** Standard error. */
  readonly writeError: (text: string) => void;
  /** Aborted to stop the server. */
  readonly signal: AbortSignal;
}

/** What `emulator --help` says. */
export const USAGE = `Usage: emulator [options]

Starts a local server that behaves as Apollo's write API is documented to, and prints its base URL.

  --port N        port to listen on; 0, the default, is any free one
  --plan P        rate limits: ${Object.keys(PLANS).join(', ')} (default: professional)
  --lenient       ignore what Apollo does not document, as Apollo does, instead of refusing it
  --key K         the API key it takes (default: emulator-key)
  --team ID       the id of the team that the key belongs to
  --seed-file F   JSON with contacts, accounts, labels … to start with
  --profile F     behave as the workspace did that a file of \`probe\` is about; implies --lenient
  --scale N       time passes N times as fast, so that rate windows end sooner
`;

/** Runs the emulator until the signal is aborted; resolves to the exit code. */
export async function runEmulator(argv: readonly string[], io: CommandIo): Promise<number> {
  let options: EmulatorOptions | 'help';
  try {
    options = await optionsOf(argv);
  } catch (error) {
    io.writeError(`emulator: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  if (options === 'help') {
    io.write(USAGE);
    return 0;
  }
  return serve(options, io);
}

async function serve(options: EmulatorOptions, io: CommandIo): Promise<number> {
  try {
    const emulator = await startEmulator(options);
    io.write(`${emulator.url}\n`);
    await aborted(io.signal);
    await emulator.close();
    return 0;
  } catch (error) {
    io.writeError(`emulator: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function optionsOf(argv: readonly string[]): Promise<EmulatorOptions | 'help'> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      port: { type: 'string', default: '0' },
      plan: { type: 'string', default: 'professional' },
      lenient: { type: 'boolean', default: false },
      key: { type: 'string' },
      team: { type: 'string' },
      'seed-file': { type: 'string' },
      profile: { type: 'string' },
      scale: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const scale = numberOf('--scale', values.scale, (value) => value > 0);
  return {
    port: numberOf('--port', values.port, (value) => Number.isInteger(value) && value >= 0 && value < 65536),
    plan: planOf(values.plan),
    strict: !values.lenient,
    ...(values.key === undefined ? {} : { keys: [{ key: values.key }] }),
    ...(values.team === undefined ? {} : { teamId: values.team }),
    ...(values['seed-file'] === undefined ? {} : { data: await readSeed(values['seed-file']) }),
    ...(values.profile === undefined ? {} : profiled(await readProfile(values.profile))),
    ...(scale === 1 ? {} : { clock: new ScaledClock(scale), retryAfterDivisor: scale }),
  };
}

function numberOf(option: string, value: string, allowed: (value: number) => boolean): number {
  const number = Number(value);
  if (value.trim() === '' || !allowed(number)) throw new Error(`${option}: "${value}" is not a number it can take`);
  return number;
}

function planOf(value: string): PlanName {
  if (Object.hasOwn(PLANS, value)) return value as PlanName;
  throw new Error(`--plan: "${value}" is none of ${Object.keys(PLANS).join(', ')}`);
}

const readSeed = async (path: string): Promise<SeedData> => (await readJson('--seed-file', path)) as SeedData;

async function readProfile(path: string): Promise<Parameters<typeof profiled>[0]> {
  const profile = (await readJson('--profile', path)) as Parameters<typeof profiled>[0] | null;
  if (typeof profile?.facts === 'object' && profile.facts !== null) return profile;
  throw new Error(`--profile: ${path} has no facts; \`probe\` writes such a file`);
}

async function readJson(option: string, path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new Error(`${option}: ${path} cannot be read as JSON`, { cause: error });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
