import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../../runtime/cli/arguments.ts';

const program = { name: 'toy', version: '1.2.3', summary: 'Writes toys.', environment: { TOY_KEY: 'the key' } };
const words = (line: string) => line.split(' ').filter((word) => word !== '');
const parse = (line: string) => parseArguments(words(line), program);

/** What a command was asked, but for what it was not. */
function asked(line: string): object {
  const parsed = parse(line);
  if (parsed.type !== 'command') return parsed;
  const given = Object.entries(parsed.asked).filter(([key, value]) => value !== parsed.command.options[key]?.otherwise);
  return {
    name: parsed.command.name,
    ...Object.fromEntries(given),
    ...(parsed.rest.length > 0 && { rest: parsed.rest }),
  };
}

describe('a command line', () => {
  it.each<[string, object]>([
    ['spec', { name: 'spec' }],
    ['check --config F', { name: 'check', config: 'F' }],
    ['discover --config=F', { name: 'discover', config: 'F' }],
    ['write --catalog C --config F', { name: 'write', config: 'F', catalog: 'C' }],
    ['sync --config F', { name: 'sync', config: 'F' }],
    [
      'sync --config F --stream a --stream=b --stream a --output json --full --run-id r1 --verbose',
      { name: 'sync', config: 'F', stream: ['a', 'b'], output: 'json', full: true, runId: 'r1', verbose: true },
    ],
    [
      'sync --config F --output kestra --log-format json',
      { name: 'sync', config: 'F', output: 'kestra', logFormat: 'json' },
    ],
    ['sync --config F --progress-every 5s', { name: 'sync', config: 'F', progressEvery: 5000 }],
    ['sync --config F --every 90s', { name: 'sync', config: 'F', every: 90_000 }],
    ['sync --config F --every 1d', { name: 'sync', config: 'F', every: 86_400_000 }],
    ['history --config F', { name: 'history', config: 'F' }],
    ['history --state S --limit 3 --costs', { name: 'history', state: 'S', limit: 3, costs: true }],
    ['rejects --config F', { name: 'rejects', config: 'F' }],
    [
      'rejects --config F --stream a --code c --run r --since 2026-01-31 --to x.CSV',
      {
        ...{ name: 'rejects', config: 'F', stream: 'a', code: 'c', run: 'r' },
        ...{ since: '2026-01-31T00:00:00.000', to: 'x.CSV' },
      },
    ],
    [
      'rejects --config F --all --since 2026-01-31T12:30 --to x --format parquet --output json',
      {
        ...{ name: 'rejects', config: 'F', output: 'json', since: '2026-01-31T12:30:00.000', all: true },
        ...{ to: 'x', format: 'parquet' },
      },
    ],
    [
      'explain --config F --stream a --key 1 --show-values',
      { name: 'explain', config: 'F', stream: 'a', key: '1', showValues: true },
    ],
    ['forget --config F --stream a --key 1', { name: 'forget', config: 'F', stream: 'a', key: '1' }],
    ['forget --config F --stream a --yes', { name: 'forget', config: 'F', stream: 'a', yes: true }],
    ['forget --config F --limits', { name: 'forget', config: 'F', limits: true }],
    ['state adopt --config F', { name: 'state adopt', config: 'F' }],
    ['state adopt --state S --stream a --stream b', { name: 'state adopt', state: 'S', stream: ['a', 'b'] }],
    ['state copy --config F --to T', { name: 'state copy', config: 'F', to: 'T' }],
    ['stream rename --state S --from a --to b', { name: 'stream rename', state: 'S', from: 'a', to: 'b' }],
    ['export --config F --to D', { name: 'export', config: 'F', to: 'D' }],
    ['undo --config F --run R --apply', { name: 'undo', config: 'F', run: 'R', apply: true }],
    ['undo --config F --run R', { name: 'undo', config: 'F', run: 'R' }],
    [
      'sync --config F --report r.html --show-values',
      { name: 'sync', config: 'F', report: 'r.html', showValues: true },
    ],
    ['report --to r.html', { name: 'report', to: 'r.html' }],
    [
      'report --to r.html --run r1 --state S --show-values',
      { name: 'report', to: 'r.html', run: 'r1', state: 'S', showValues: true },
    ],
    ['preview --config F --quiet', { name: 'preview', config: 'F', quiet: true }],
    ['preview --config F --show 5', { name: 'preview', config: 'F', show: 5 }],
    ['emulator --port 0 --help --x=y z', { name: 'emulator', rest: ['--port', '0', '--help', '--x=y', 'z'] }],
    ['init --to x.yaml --key-variable KEY --yes', { name: 'init', to: 'x.yaml', keyVariable: 'KEY', yes: true }],
    ['version', { name: 'version' }],
    ['sync', { name: 'sync' }],
    ['check -c F', { name: 'check', config: 'F' }],
    ['history -c F', { name: 'history', config: 'F' }],
    ['sync --set a=1 --set b.c=2', { name: 'sync', set: ['a=1', 'b.c=2'] }],
    ['--version', { type: 'version', text: 'toy 1.2.3\n' }],
    ['-V', { type: 'version', text: 'toy 1.2.3\n' }],
  ])('%s', (line, expected) => expect(asked(line)).toEqual(expected));

  it.each<[string, RegExp]>([
    ['', /Usage: toy COMMAND/],
    ['snyc', /unknown command 'snyc' \[invalid_usage\]\n\(Did you mean sync\?\)\nUsage: toy COMMAND/],
    ['help nope', /Usage: toy COMMAND/],
    ['--config F sync', /unknown option '--config'/],
    ['write --config F', /'--catalog <file>' not specified \[invalid_usage\]\nUsage: toy write --catalog FILE/],
    ['write --config F --catalog', /'--catalog <file>' argument missing/],
    ['check --config --full', /Expected a file/],
    ['check --config=', /Expected a file/],
    ['sync --dry-run', /--dry-run is a command of its own: preview says/],
    ['sync --config F --strem x', /unknown option '--strem' \[invalid_usage\]\n\(Did you mean --stream\?\)\nUsage/],
    ['sync --config F --show 3', /unknown option '--show'/],
    ['sync --config F --show-values', /'--show-values' is about '--report'/],
    ['report', /'--to <file>' not specified \[invalid_usage\]\nUsage: toy report --to FILE/],
    ['init --tabel x', /unknown option '--tabel'/],
    ['init warehouse.duckdb', /too many arguments/],
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
    ['history --config F --state S', /cannot be used with option/],
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
    expect(command.type).toBe('usage');
    expect(command).toMatchObject({ text: expect.stringMatching(text) });
  });

  it.each([
    '--help',
    'help',
    'sync --help',
    'help sync',
    'preview --help',
    'status --help',
    'history --help',
    'rejects --help',
    'explain --help',
    'forget --help',
    'export --help',
    'spec --help',
    'check --help',
    'write --help',
    '-h',
    'sync -h',
    'discover --help',
  ])('%s explains itself, with examples', (line) =>
    expect(parse(line)).toMatchObject({
      type: 'help',
      text: expect.stringMatching(/^Usage: toy [\s\S]*\n\nExamples:\n {2}toy /),
    }),
  );

  it('is explained with every command, exit code and variable', () => {
    const { text } = parse('--help') as { text: string };
    for (const word of [
      ...['spec', 'check', 'discover', 'write', 'sync', 'preview', 'emulator'],
      ...['status', 'history', 'rejects', 'explain', 'forget', 'state', 'export'],
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
    fc.assert(fc.property(fc.array(word), (argv) => typeof parseArguments(argv, program).type === 'string'));
  });
});
