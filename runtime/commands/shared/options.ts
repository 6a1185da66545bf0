import { PROGRESS_EVERY_MS } from '../../listeners/plain-lines.ts';
import { duration, file, filled, positive } from './arguments.ts';
import { type Asked, choice, defaulted, flag, optional, several } from './option.ts';

/** The configuration. */
export const config = optional('file', 'the configuration, in JSON or YAML; default: sync.yaml', file, { short: 'c' });

/** Other values for one run. */
export const set = several('key=value', 'another value for a key, in this run: limits.max_calls=10');

/** What stdout is for. */
export const output = choice('format', 'of stdout; default: text on a terminal, json elsewhere', ['text', 'json']);

/** Whether values of rows may be shown. */
export const showValues = (says: string) => flag(says);

/** How much is said on stderr. */
export const verbosity = {
  quiet: flag('print nothing but the summary and errors', { conflicts: ['verbose'] }),
  verbose: flag('print each request, without its content'),
};

/** How a run tells of itself on stderr. */
export const telling = {
  logFormat: choice('format', 'of stderr; default: text', ['text', 'json']),
  progressEvery: defaulted(
    'duration',
    'say where the run is so often: 5s, 1m; default: 30s',
    duration,
    PROGRESS_EVERY_MS,
  ),
};

/** What `sync` and `preview` share. */
export const runOptions = {
  config: { ...config, says: 'the configuration, in JSON or YAML, with a source; default: sync.yaml' },
  set,
  stream: several('name', 'only this stream'),
  enable: flag('run a stream that is named though `enabled: false` leaves it out'),
  limit: optional('count', 'only the first rows of each stream, so many', positive),
  key: several('value', 'only the row of this primary key'),
  full: flag('ignore what is known of earlier runs'),
  retryRejects: flag('send rejected rows again, though nothing about them has changed'),
  runId: optional('id', 'name the run; default: a new id', filled),
  ...verbosity,
};

/** As listeners take it. */
export const verbosityOf = ({ quiet, verbose }: Asked<typeof verbosity>): 'quiet' | 'normal' | 'verbose' =>
  quiet ? 'quiet' : verbose ? 'verbose' : 'normal';

/** As runs take it. */
export const tellingOf = ({ logFormat = 'text', progressEvery: progressEveryMs }: Asked<typeof telling>) => ({
  logFormat,
  progressEveryMs,
});

/** A stream that is left out on purpose is run by its name only. */
export const enableProblem = ({ enable, stream }: { readonly enable: boolean; readonly stream: readonly string[] }) =>
  enable && stream.length === 0 ? '--enable is about --stream NAME, which is missing' : undefined;
