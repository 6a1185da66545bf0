import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { startEmulator } from '../../emulator/server/server.ts';
import type { Executable } from '../../runtime/commands/shared/session.ts';
import { ConfigFailure } from '../../runtime/contract/failure.ts';
import { demoConfig, FIRST_LINE } from './demo-config.ts';
import { changeWarehouse, makeWarehouse } from './warehouse.ts';

const API_KEY = 'emulator-key';

/**
 * The main job, end to end, with nothing but this program: an emulator of the API, a DuckDB warehouse, and the commands that a person
 * would run, printed as they are run. Resolves with the exit code of the first one that does not end well, else 0.
 */
export const demo: NonNullable<Executable['demo']> = async ({ folder, text, perform, signal }) => {
  const started = performance.now();
  const title = (line: string): Promise<void> => text(`\n── ${line} ${'─'.repeat(Math.max(0, 100 - line.length))}\n`);
  const warehouse = `${folder}/warehouse.duckdb`;
  const file = `${folder}/sync.yaml`;
  clear(folder);
  await title('An emulator of the Apollo API, and a warehouse of 2,000 contacts and 400 accounts');
  const emulator = await startEmulator({ plan: 'unlimited' });
  const run = async (command: string, ...options: readonly string[]): Promise<number> => {
    if (signal.aborted) return 1;
    await title(`destination-apollo ${command} --config ${file}`);
    return perform([command, '--config', file, ...options], { APOLLO_API_KEY: API_KEY });
  };
  try {
    await makeWarehouse(warehouse);
    writeFileSync(file, demoConfig({ url: emulator.url, folder }));
    await text(`The API answers at ${emulator.url}; the configuration is ${file}.`);

    const before =
      (await run('check')) || (await run('preview', '--output', 'text')) || (await run('sync', '--output', 'text'));
    if (before !== 0) return before;
    await title('A day later: 20 promotions, 15 new people');
    await changeWarehouse(warehouse);
    const after = await run('sync', '--output', 'text');
    if (after !== 0) return after;

    await title('What Apollo holds now');
    const { contacts, accounts } = emulator.store;
    await text(`${count(contacts.size)} contacts and ${count(accounts.size)} accounts.`);
    await text(`Every row that was refused stands in ${folder}/rejects.jsonl with its reason; the first one:\n`);
    await text(readFileSync(`${folder}/rejects.jsonl`, 'utf8').split('\n')[0]!);
    const seconds = Math.round((performance.now() - started) / 1000);
    await text(
      `\nDone in ${seconds} s. Look around in ${folder}/; \`destination-apollo init\` begins one for your own warehouse.`,
    );
    return 0;
  } finally {
    await emulator.close();
  }
};

const count = (number: number): string => number.toLocaleString('en-US');

/** An empty folder, but nothing is deleted that another program or a person has written. */
function clear(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !isOurs(folder)) {
    throw new ConfigFailure(`--folder ${folder}: there are files in it that are not of a demo. Name another one.`, {
      code: 'invalid_usage',
    });
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}

const isOurs = (folder: string): boolean =>
  existsSync(`${folder}/sync.yaml`) && readFileSync(`${folder}/sync.yaml`, 'utf8').startsWith(FIRST_LINE);
