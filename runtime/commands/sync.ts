import { duration, file } from './shared/arguments.ts';
import { defineCommand } from './shared/command.ts';
import { choice, flag, hidden, optional, several } from './shared/option.ts';
import { enableProblem, runOptions, telling, tellingOf, verbosityOf } from './shared/options.ts';
import { configPath, configured, type Session } from './shared/session.ts';
import type { SyncCommand } from './shared/sync-session.ts';

/** Reads rows from the source and writes them: one run, or one after another. */
export const sync = defineCommand({
  name: 'sync',
  summary: 'read rows from the source and write them',
  options: {
    ...runOptions,
    stream: several('name', 'only this stream; auto: those that no other run has, one after another'),
    output: choice('format', 'of stdout; default: text on a terminal, json elsewhere', ['text', 'json', 'kestra']),
    plan: optional('file', 'a saved `preview --output json`: make no more calls than it has', file),
    ...telling,
    report: optional('file', 'write a page about the run, in HTML, at its end', file),
    showValues: flag('in that page, show values of rejected rows'),
    dryRun: hidden('what a run would do'),
    every: optional('duration', 'run again and again: 90s, 30m, 1h, 1d', duration, {
      conflicts: ['runId', 'plan', 'limit', 'key'],
    }),
  },
  examples: [
    ['sync --config sync.yaml', 'every stream'],
    ['sync --config sync.yaml --stream contacts', 'only this one'],
    ['sync --config sync.yaml --limit 1', 'try one row; then ten'],
    ['sync --config sync.yaml --output json | tail -n 1', 'the summary, as JSON'],
    ['sync --config sync.yaml --log-format json', 'progress as JSON lines on stderr'],
    ['sync --config sync.yaml --report report.html', 'a page about the run, for a browser'],
    ['sync --config sync.yaml --full', 'compare every row with what the destination has, and write what differs'],
    ['sync --config sync.yaml --stream auto', 'one of several workers that share the streams'],
    ['sync --config sync.yaml --every 30m', 'again and again, until it is stopped'],
  ],
  showsExitCodes: true,
  notes: [
    'No value of a row is printed: rejected rows stand in the file rejects.path names.',
    'Progress is on stderr: live on a terminal, a line every 30 seconds elsewhere. NO_COLOR turns colours off.',
    '--every reads the configuration again for each run, comes back at retry_at while rows are deferred, and goes on',
    'after failures; it ends with 2 where the first run is refused, or three in a row are.',
    'Dagster Pipes, OPENLINEAGE_URL, /airflow/xcom and /dev/termination-log are found and served by themselves.',
  ],
  problem: ({ showValues, report, dryRun, ...asked }) => {
    if (dryRun) return '--dry-run is a command of its own: preview says what sync would do, and writes nothing';
    return showValues && report === undefined
      ? "option '--show-values' is about '--report', which is missing"
      : enableProblem(asked);
  },
  run: ({ stream, every, limit, key, ...asked }, session) =>
    syncIn(session, {
      ...asked,
      streams: stream,
      pick: { limit, keys: key },
      everyMs: every,
      ...tellingOf(asked),
      verbosity: verbosityOf(asked),
    }),
});

/** Makes runs in the process of a session. */
export async function syncIn(
  session: Session,
  asked: Omit<SyncCommand, 'config'> & Parameters<typeof configured>[1],
): Promise<number> {
  const { runId, streams, full, retryRejects, undone, pick, enable } = asked;
  const { run, source } = session;
  const config = configPath(session, asked.config);
  const { syncCommand } = await import('./sync-command.ts');
  const destination = await session.destination();
  return syncCommand(
    {
      ...session,
      destination,
      configured: () => configured(session, { ...asked, config }, 'sync'),
      options: { runId, only: streams, enable, run, full, retryRejects, undone, pick, source },
    },
    { ...asked, config },
  );
}
