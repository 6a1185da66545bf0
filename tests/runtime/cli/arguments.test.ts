import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../runtime/cli/arguments.ts';

const program = { name: 'toy', version: '1.2.3', summary: 'Writes toys.', environment: { TOY_KEY: 'the key' } };
const parse = (line: string) =>
  parseArguments(
    line.split(' ').filter((word) => word !== ''),
    program,
  );
const asked = {
  config: 'F',
  streams: [],
  output: undefined,
  full: false,
  retryRejects: false,
  runId: undefined,
  verbosity: 'normal',
};
const sync = {
  ...asked,
  logFormat: 'text',
  progressEveryMs: 30_000,
  everyMs: undefined,
  report: undefined,
  showValues: false,
};
const store = { config: 'F', state: undefined, output: undefined };
const filter = { stream: undefined, code: undefined, runId: undefined, since: undefined, all: false };

describe('a command line', () => {
  it.each<[string, object]>([
    ['spec', { name: 'spec', warnings: [] }],
    ['check --config F', { name: 'check', config: 'F', warnings: [] }],
    ['discover --config=F', { name: 'discover', config: 'F', warnings: [] }],
    ['write --catalog C --config F', { name: 'write', config: 'F', catalog: 'C', warnings: [] }],
    ['sync --config F', { name: 'sync', ...sync }],
    [
      'sync --config F --stream a --stream=b --stream a --output json --full --run-id r1 --verbose',
      { name: 'sync', ...sync, streams: ['a', 'b'], output: 'json', full: true, runId: 'r1', verbosity: 'verbose' },
    ],
    [
      'sync --config F --output kestra --log-format json',
      { name: 'sync', ...sync, output: 'kestra', logFormat: 'json' },
    ],
    ['sync --config F --progress-every 5s', { name: 'sync', ...sync, progressEveryMs: 5000 }],
    ['sync --config F --every 90s', { name: 'sync', ...sync, everyMs: 90_000 }],
    ['sync --config F --every 1d', { name: 'sync', ...sync, everyMs: 86_400_000 }],
    ['history --config F', { name: 'history', ...store, limit: 20, costs: false }],
    [
      'history --state S --limit 3 --costs',
      { name: 'history', ...store, config: undefined, state: 'S', limit: 3, costs: true },
    ],
    [
      'rejects --config F',
      { name: 'rejects', ...store, ...filter, limit: undefined, showValues: false, file: undefined },
    ],
    [
      'rejects --config F --stream a --code c --run r --since 2026-01-31 --to x.CSV',
      {
        name: 'rejects',
        ...store,
        ...{ stream: 'a', code: 'c', runId: 'r', since: '2026-01-31T00:00:00.000', all: false },
        ...{ limit: undefined, showValues: false, file: { path: 'x.CSV', format: 'csv' } },
      },
    ],
    [
      'rejects --config F --all --since 2026-01-31T12:30 --to x --format parquet --output json',
      {
        ...{ name: 'rejects', ...store, output: 'json', ...filter, since: '2026-01-31T12:30:00.000', all: true },
        ...{ limit: undefined, showValues: false, file: { path: 'x', format: 'parquet' } },
      },
    ],
    [
      'explain --config F --stream a --key 1 --show-values',
      { name: 'explain', ...store, stream: 'a', key: '1', showValues: true },
    ],
    ['forget --config F --stream a --key 1', { name: 'forget', ...store, stream: 'a', key: '1' }],
    ['forget --config F --stream a --yes', { name: 'forget', ...store, stream: 'a', key: undefined }],
    ['forget --config F --limits', { name: 'forget', ...store, limits: true }],
    ['state adopt --config F', { name: 'state adopt', ...store, streams: [] }],
    [
      'state adopt --state S --stream a --stream b',
      { name: 'state adopt', ...store, config: undefined, state: 'S', streams: ['a', 'b'] },
    ],
    ['export --config F --to D', { name: 'export', ...store, to: 'D' }],
    ['undo --config F --run R --apply', { name: 'sync', ...sync, undone: 'R' }],
    ['undo --config F --run R', { name: 'undo', ...store, run: 'R' }],
    ['sync --config F --report r.html --show-values', { name: 'sync', ...sync, report: 'r.html', showValues: true }],
    ['report --to r.html', { name: 'report', options: { to: 'r.html', showValues: false } }],
    [
      'report --to r.html --run r1 --state S --show-values',
      { name: 'report', options: { to: 'r.html', run: 'r1', state: 'S', showValues: true } },
    ],
    ['preview --config F --quiet', { name: 'preview', ...asked, verbosity: 'quiet', show: 0 }],
    ['preview --config F --show 5', { name: 'preview', ...asked, show: 5 }],
    ['emulator --port 0 --help --x=y z', { name: 'emulator', args: ['--port', '0', '--help', '--x=y', 'z'] }],
    ['--version', { name: 'version', text: 'toy 1.2.3\n' }],
  ])('%s', (line, expected) => expect(parse(line)).toEqual(expected));

  it.each<[string, readonly string[]]>([
    ['spec --config F', ['--config']],
    ['check --state s3cret --config F', ['--state']],
    ['discover --config F --debug -v', ['--debug', '-v']],
    ['write --config F --token=s3cret --catalog C', ['--token']],
    ['write --config F --version --catalog C', ['--version']],
  ])('of Airbyte may have unknown options, which are warned of by name only: %s', (line, names) => {
    const command = parse(line);
    expect(command).toMatchObject({
      name: line.split(' ')[0],
      warnings: names.map((name) => `Ignored the unknown option ${name}`),
    });
    expect(JSON.stringify(command)).not.toContain('s3cret');
  });

  it('of Airbyte may have stray words', () => {
    expect(parse('check x --config F')).toMatchObject({
      config: 'F',
      warnings: [expect.stringContaining('no arguments')],
    });
  });

  it.each<[string, RegExp]>([
    ['', /Usage: toy COMMAND/],
    ['snyc', /unknown command 'snyc'\n\(Did you mean sync\?\)\nUsage: toy COMMAND/],
    ['help nope', /Usage: toy COMMAND/],
    ['--config F sync', /unknown option '--config'/],
    ['check', /'--config <file>' not specified\nUsage: toy check --config FILE/],
    ['write --config F', /'--catalog <file>' not specified\nUsage: toy write/],
    ['write --config F --catalog', /'--catalog <file>' argument missing/],
    ['check --config --full', /Expected a file/],
    ['check --config=', /Expected a file/],
    ['sync', /Usage: toy sync --config FILE/],
    ['sync --config F --strem x', /unknown option '--strem'\n\(Did you mean --stream\?\)\nUsage/],
    ['sync --config F --show 3', /unknown option '--show'/],
    ['sync --config F --show-values', /'--show-values' is about '--report'/],
    ['report', /'--to <file>' not specified\nUsage: toy report --to FILE/],
    ['report --to r.html --config F --state S', /cannot be used with option/],
    ['sync --config F --output xml', /Allowed choices are text, json, kestra/],
    ['sync --config F --log-format xml', /Allowed choices are text, json/],
    ['preview --config F --output kestra', /Allowed choices are text, json\./],
    ['preview --config F --log-format json', /unknown option '--log-format'/],
    ['sync --config F --quiet --verbose', /cannot be used with/],
    ['sync --config F extra', /too many arguments/],
    ['sync --config F --run-id=', /not empty/],
    ['sync --config F --every 30', /Expected a duration/],
    ['sync --config F --every 0s', /Expected a duration/],
    ['sync --config F --every 1h --run-id r', /cannot be used with/],
    ['preview --config F --every 1h', /unknown option '--every'/],
    ['history', /say --config FILE or --state FILE\nUsage: toy history/],
    ['rejects --config F --to x', /expected \.csv, \.jsonl or \.parquet/],
    ['rejects --config F --since yesterday', /Expected a date/],
    ['rejects --config F --since 2026-02-31T25:00', /Expected a date/],
    ['explain --config F --stream a', /'--key <key>' not specified/],
    ['forget --config F --stream a', /without --key the whole stream is forgotten: say --yes/],
    ['forget --config F --yes', /say --stream NAME or --limits/],
    ['forget --config F --limits --stream a', /--limits goes with no --stream/],
    ['export --config F', /'--to <folder>' not specified/],
    ['preview --config F --show -1', /Expected a whole number/],
    ['preview --config F --show 1.5', /Expected a whole number/],
  ])('that is wrong is answered with the usage: %j', (line, text) => {
    const command = parse(line);
    expect(command.name).toBe('usage');
    expect(command).toMatchObject({ text: expect.stringMatching(text) });
  });

  it.each([
    '--help',
    'help',
    'sync --help',
    'help sync',
    'preview --help',
    'history --help',
    'rejects --help',
    'explain --help',
    'forget --help',
    'export --help',
    'spec --help',
    'check --help',
    'write --help',
    'discover --help',
  ])('%s explains itself, with examples', (line) =>
    expect(parse(line)).toMatchObject({
      name: 'help',
      text: expect.stringMatching(/^Usage: toy [\s\S]*\n\nExamples:\n {2}toy /),
    }),
  );

  it('is explained with every command, exit code and variable', () => {
    const { text } = parse('--help') as { text: string };
    for (const word of [
      ...['spec', 'check', 'discover', 'write', 'sync', 'preview', 'emulator'],
      ...['history', 'rejects', 'explain', 'forget', 'state', 'export'],
    ])
      expect(text).toMatch(new RegExp(`^ {2}${word} `, 'm'));
    for (const code of ['0', '1', '2', '3', '75', '130, 143'])
      expect(text).toMatch(new RegExp(`^ {2}${code} +[a-z]`, 'm'));
    expect(text).toContain('TOY_KEY');
    expect(text).toContain('Writes toys.');
  });

  it('of any kind is read without an exception', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(
        'sync',
        'write',
        'spec',
        'help',
        'rejects',
        'forget',
        'state',
        'adopt',
        '--to',
        '--config',
        '--catalog',
        '--stream',
        '--show',
        '--',
        '-',
        '--help',
        '--version',
        'F',
      ),
    );
    fc.assert(fc.property(fc.array(word), (argv) => typeof parseArguments(argv, program).name === 'string'));
  });
});
