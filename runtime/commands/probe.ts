import { ConfigFailure } from '../contract/failure.ts';
import { file, filled } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { defaulted, flag, optional } from './shared/option.ts';
import { config, set } from './shared/options.ts';
import { configured } from './shared/session.ts';

/** Asks a live workspace about all that is assumed of the API. */
export const probe = defineCommand({
  name: 'probe',
  summary: 'ask a workspace that is meant for tests whether the API does what is assumed of it',
  options: {
    config,
    set,
    yes: flag('ask; without it, print every request and what it leaves behind'),
    onLiveWorkspace: flag('ask though the workspace is larger than one for tests'),
    out: defaulted('file', 'where the result is written; default: probe.json', file, 'probe.json'),
    domain: optional('name', 'under which its addresses are; default: a reserved one', filled),
    withFields: flag('make two custom fields too, which stay'),
    freeMail: optional('host', 'a consumer mail host at which it may make two addresses; default: none', filled),
    mark: optional('text', 'what the names of its records begin with, and the name of its list', filled),
    stage: optional('name', 'the stage that its records are left in', filled),
  },
  examples: [
    ['probe', 'what would be asked, and left behind; nothing is sent'],
    ['probe --yes', 'asks, and writes probe.json'],
  ],
  notes: [
    'Exit code 0: nothing that the program depends on is otherwise. 3: something is. 75: stopped on the way; the same command goes on.',
  ],
  run: async (asked, session) => {
    const { program, output, run, clock, environment } = session;
    if (!program.probe) throw new ConfigFailure(`${program.name} has no probe.`, { code: 'invalid_usage' });
    const { config } = asked.yes ? await configured(session, asked, 'sync') : { config: undefined };
    return program.probe({
      asked,
      config,
      clock,
      environment,
      version: program.version,
      text: (text) => output.text(text),
      progress: (line) => output.error(line),
      signal: run.signal,
    });
  },
});
