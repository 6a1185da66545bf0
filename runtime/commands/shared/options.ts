import { PROGRESS_EVERY_MS } from '../../listeners/plain-lines.ts';
import { duration, file, filled } from './arguments.ts';
import { type Asked, type CommandOption, choice, defaulted, flag, optional, required, several } from './option.ts';

/** The configuration of a command that cannot do without. */
export const config: CommandOption<string> = required('file', 'the configuration, in JSON or YAML', file);

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
  config: { ...config, says: 'the configuration, in JSON or YAML, with a source' },
  stream: several('name', 'only this stream'),
  full: flag('ignore what is known of earlier runs'),
  retryRejects: flag('send rejected rows again, though nothing about them has changed'),
  runId: optional('id', 'name the run; default: a new id', filled),
  ...verbosity,
};

/** As observers take it. */
export const verbosityOf = ({ quiet, verbose }: Asked<typeof verbosity>): 'quiet' | 'normal' | 'verbose' =>
  quiet ? 'quiet' : verbose ? 'verbose' : 'normal';

/** As runs take it. */
export const tellingOf = ({ logFormat = 'text', progressEvery: progressEveryMs }: Asked<typeof telling>) => ({
  logFormat,
  progressEveryMs,
});
