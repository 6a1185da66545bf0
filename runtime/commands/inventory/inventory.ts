import type { Notice } from '../../contract/destination.ts';
import { EXIT_CODES } from '../../facts/exit-codes.ts';
import { positive } from '../shared/arguments.ts';
import { defineCommand } from '../shared/command.ts';
import { flag, optional, several } from '../shared/option.ts';
import { config, enableProblem, output, set } from '../shared/options.ts';
import { configured, dependenciesOf, isJson } from '../shared/session.ts';

/** Reads what the destination has into the state store. */
export const inventory = defineCommand({
  name: 'inventory',
  summary: 'read what the destination has into the state store, for exact previews and drift',
  options: {
    config,
    set,
    stream: several('name', 'only the objects that this stream writes to'),
    enable: flag('of a stream that is named though `enabled: false` leaves it out'),
    full: flag('read everything, whatever is known'),
    maxCalls: optional('count', 'make so many requests at most; the next inventory goes on', positive),
    output,
  },
  examples: [
    ['inventory --config sync.yaml', 'the first time everything, then what has changed since'],
    ['inventory --config sync.yaml --full', 'everything again, which also tells what is no longer there'],
  ],
  notes: [
    'Nothing is written to the destination: pages of records are read, which count against a quota of their own.',
    'Where the quota is used up it ends with exit code 75; run it again, and it goes on.',
  ],
  showsExitCodes: true,
  problem: enableProblem,
  run: async (
    { stream: only, enable, full, maxCalls = Number.POSITIVE_INFINITY, output: format, ...asked },
    session,
  ) => {
    const { output, run, source } = session;
    const { takeInventory } = await import('../../run/inventory/take-inventory.ts');
    const { inventoryText } = await import('../../text/present-inventory.ts');
    const tell = ({ type, message }: Notice): void =>
      void output.error(type === 'warning' ? `warning: ${message}` : message);
    const checked = await configured(session, asked, 'sync');
    const wanted = { only, enable, run, source, maxCalls, full };
    const results = await takeInventory(await session.destination(), checked, wanted, dependenciesOf(session, tell));
    const json = results.map(({ cause, ...result }) => ({
      type: 'inventory',
      ...result,
      cause: cause === undefined ? null : { code: cause.code, message: cause.message },
    }));
    if (isJson(session, format)) for (const line of json) await output.json(line);
    else await output.text(inventoryText(results));
    return results.some(({ stopped }) => stopped) ? EXIT_CODES.deferred : 0;
  },
});
