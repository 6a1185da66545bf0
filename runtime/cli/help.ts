/** What the command line says of the program it belongs to. */
export interface Program {
  /** The name of the executable. */
  readonly name: string;
  readonly version: string;
  /** One sentence: what it does. */
  readonly summary: string;
  /** The environment variables it reads, and what they stand for. */
  readonly environment: Readonly<Record<string, string>>;
}

const EXIT_CODES: readonly (readonly [code: string, meaning: string])[] = [
  ['0', 'succeeded: every row has its outcome, none deferred'],
  ['1', 'failed: the run could not go on; what was confirmed is kept'],
  ['2', 'wrong usage or configuration; nothing was sent'],
  ['3', 'rejected: a larger share of rows was rejected than rejects.fail_above_percent allows'],
  [
    '75',
    'deferred: some rows are left for a later run; retry_at of the summary says when. Or another run has the state store',
  ],
  ['130, 143', 'stopped by SIGINT or SIGTERM; what was in flight is finished, and the summary written'],
];

/** What follows the list of commands: examples, exit codes, environment. */
export const programHelp = ({ name, environment }: Program): string =>
  [
    section('Examples', [
      [`${name} init`, 'a first configuration'],
      [`${name} preview --config sync.yaml`, 'what a run would do'],
      [`${name} sync --config sync.yaml`, 'one run'],
      [`${name} check --config sync.yaml`, 'are the credentials good?'],
      [`${name} explain --config sync.yaml --stream contacts --key C-1042`, 'why was this row not sent?'],
      [`${name} emulator --port 0`, 'an API to try things on'],
    ]),
    section('Exit codes', EXIT_CODES),
    section('Environment', [
      ...Object.entries(environment),
      [`\${NAME}`, 'in any text of a configuration file: the environment variable NAME; $${ is a plain ${'],
    ]),
    `\nRun ${name} COMMAND --help for the options of a command.`,
  ].join('\n');

/** What follows the options of a command: its examples, and how its outcome shows. */
export function commandHelp(command: string, program: Program): string {
  const examples = (EXAMPLES[command] ?? []).map(([line, meaning]) => [`${program.name} ${line}`, meaning] as const);
  const notes = NOTES[command] ?? [];
  const exits = command === 'sync' || command === 'preview' ? [section('Exit codes', EXIT_CODES)] : [];
  return [section('Examples', examples), ...exits, '', ...notes].join('\n');
}

const EXAMPLES: Readonly<Record<string, readonly (readonly [line: string, meaning: string])[]>> = {
  spec: [['spec', 'one SPEC message']],
  check: [['check --config config.json', 'one CONNECTION_STATUS message']],
  discover: [['discover --config config.json', 'one DESTINATION_CATALOG message']],
  write: [['write --config config.json --catalog catalog.json < messages.jsonl', 'STATE, LOG and TRACE messages']],
  sync: [
    ['sync --config sync.yaml', 'every stream'],
    ['sync --config sync.yaml --stream contacts', 'only this one'],
    ['sync --config sync.yaml --output json | tail -n 1', 'the summary, as JSON'],
    ['sync --config sync.yaml --log-format json', 'progress as JSON lines on stderr'],
    ['sync --config sync.yaml --report report.html', 'a page about the run, for a browser'],
    ['sync --config sync.yaml --full', 'send every row, also those known to be unchanged'],
    ['sync --config sync.yaml --every 30m', 'again and again, until it is stopped'],
  ],
  report: [
    ['report --to report.html', 'the last run'],
    ['report --run 837f4539 --to report.html --config sync.yaml', 'this run; the beginning of its id is enough'],
    ['report --to report.html --show-values', 'with values of rejected rows'],
  ],
  init: [
    ['init', 'asks what it must know'],
    ['init --source warehouse.duckdb --table marts.contacts --yes', 'asks nothing'],
  ],
  preview: [
    ['preview --config sync.yaml', 'counts and requests'],
    ['preview --config sync.yaml --show 5', 'also five of the rows as they would be sent'],
  ],
  undo: [
    ['undo --config sync.yaml --run 1f0c2a9e', 'what it would take to give back what that run has replaced'],
    ['undo --config sync.yaml --run 1f0c2a9e --apply', 'give it back'],
  ],
  history: [
    ['history --config sync.yaml --limit 5', 'the last five runs'],
    ['history --config sync.yaml --costs', 'also which field cost how many calls'],
  ],
  rejects: [
    ['rejects --config sync.yaml', 'the rows that stand rejected now, by code'],
    ['rejects --config sync.yaml --code invalid_email --to bad.csv', 'those with this code, as a file'],
    ['rejects --config sync.yaml --run 7355f30c --show-values', 'what one run rejected, row by row'],
  ],
  explain: [
    ['explain --config sync.yaml --stream contacts --key C-1042', 'also what the next run would do with the row'],
    ['explain --state state.duckdb --stream contacts --key C-1042', 'what the state store knows, and no more'],
  ],
  forget: [
    ['forget --config sync.yaml --stream contacts --key C-1042', 'the next run takes the row for new'],
    ['forget --config sync.yaml --stream contacts --yes', 'as much for all rows of the stream'],
  ],
  'state adopt': [
    ['state adopt --config sync.yaml', 'the workspace and all sources have moved'],
    ['state adopt --config sync.yaml --stream contacts', 'the rows of contacts are read from another place now'],
  ],
  export: [['export --config sync.yaml --to export', 'export/records.parquet, export/runs.parquet, …']],
};

const AIRBYTE_NOTE = 'Options it does not know are ignored, with a WARN log message.';

const NOTES: Readonly<Record<string, readonly string[]>> = {
  spec: [AIRBYTE_NOTE],
  check: ['Exit code 0 whenever there is a CONNECTION_STATUS, also a failed one; 1 when nobody can say.', AIRBYTE_NOTE],
  discover: [AIRBYTE_NOTE],
  write: ['Exit code 0 when every row before the last STATE is settled, 1 otherwise.', AIRBYTE_NOTE],
  sync: [
    'No value of a row is printed: rejected rows stand in the file rejects.path names.',
    'Progress is on stderr: live on a terminal, a line every 30 seconds elsewhere. NO_COLOR turns colours off.',
    '--every reads the configuration anew for each run, comes back at retry_at while rows are deferred, and goes on',
    'after failures; it ends with 2 where the first run is refused, or three in a row are.',
    'Dagster Pipes, OPENLINEAGE_URL, /airflow/xcom and /dev/termination-log are found and served by themselves.',
  ],
  report: ['Values of rows are in the page only with --show-values; it is for its owner to read (mode 0600).'],
  init: ['No value of a row is printed or written, and the key never is.'],
  preview: ['Values of rows are printed only with --show.'],
  rejects: ['Values and keys of rows are printed only with --show-values; the file that --to names holds them.'],
  explain: ['Values of rows are printed only with --show-values. With --config, the whole source is read.'],
  forget: ['Everything the state store holds of the rows goes, past outcomes and rejects too; rejects.path stays.'],
  'state adopt': ['Nothing is sent. What is remembered stays: the next run goes on with it where it is configured to.'],
  export: ['The files hold values of rows; only their owner can read them.'],
};

function section(title: string, lines: readonly (readonly [left: string, right: string])[]): string {
  const width = Math.max(...lines.map(([left]) => left.length));
  return [`\n${title}:`, ...lines.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)].join('\n');
}
