import type { Problem } from './problems.ts';

/** What may be known of a configuration that has not been checked: any key may be missing or be anything. */
type Loose = Readonly<Record<string, unknown>>;

/** Who runs the command: a person (`sync`, `preview`), or Airbyte, who brings the rows and the catalog. */
export type Caller = 'person' | 'airbyte';

/** Problems that lie in what keys say together; every rule bears any value, so that all problems come at once. */
export const conflicts = (config: Loose, caller: Caller): readonly Problem[] => [
  ...rateLimitConflicts(loose(config['rate_limits'])),
  ...duplicates(streamsOf(config), 'name').map((index) => ({
    path: ['streams', index, 'name'],
    message: 'another stream has this name; expected names that differ',
  })),
  ...streamsOf(config).flatMap((stream, index) =>
    [
      ...apolloIdConflicts(stream),
      ...matchConflicts(stream),
      ...mappingConflicts(stream),
      ...(caller === 'person' ? inputConflicts(stream, loose(config['source'])) : []),
    ].map(({ path, message }) => ({ path: ['streams', index, ...path], message })),
  ),
  ...(caller === 'person' ? absences(config) : []),
];

/** What is allowed, and probably not meant. */
export const doubts = (config: Loose): readonly Problem[] => [
  ...duplicates(streamsOf(config), 'object').map((index) => ({
    path: ['streams', index, 'object'],
    message: 'an earlier stream writes this object by the same match key; where they share records, the last one wins',
  })),
  ...streamsOf(config).flatMap((stream, index) =>
    DOUBTFUL.filter(({ holds }) => holds(stream)).map(({ key, message }) => ({
      path: ['streams', index, key],
      message,
    })),
  ),
];

const DOUBTFUL: readonly { key: string; message: string; holds: (stream: Loose) => boolean }[] = [
  {
    key: 'on_existing',
    message: 'has no effect in mode insert, which leaves existing records alone',
    holds: ({ mode, on_existing }) => mode === 'insert' && (on_existing === 'update' || on_existing === 'fill_blanks'),
  },
  {
    key: 'on_existing',
    message: 'skip in mode update skips every row',
    holds: ({ mode, on_existing }) => mode === 'update' && on_existing === 'skip',
  },
  {
    key: 'nulls',
    message: 'clear has no effect where on_existing is fill_blanks, which never empties a field',
    holds: ({ nulls, on_existing }) => nulls === 'clear' && on_existing === 'fill_blanks',
  },
];

const WINDOWS = ['per_minute', 'per_hour', 'per_day'] as const;

function rateLimitConflicts(limits: Loose): readonly Problem[] {
  const isCustom = limits['plan'] === 'custom';
  return WINDOWS.filter((key) => (limits[key] === undefined) === isCustom).map((key) => ({
    path: ['rate_limits', key],
    message: isCustom ? 'is missing; expected a whole number, with plan custom' : 'is allowed with plan custom only',
  }));
}

function apolloIdConflicts({ mode, apollo_id }: Loose): readonly Problem[] {
  if (mode === 'update' && apollo_id === undefined) {
    return [
      { path: ['apollo_id'], message: 'is missing; mode update expects the column that holds the Apollo record id' },
    ];
  }
  return mode === 'update' || apollo_id === undefined
    ? []
    : [{ path: ['apollo_id'], message: 'is allowed in mode update only' }];
}

const matchConflicts = ({ on_match_conflict, object }: Loose): readonly Problem[] =>
  on_match_conflict === 'create' && object === 'contacts'
    ? [{ path: ['on_match_conflict'], message: 'received "create", expected reject: create is for accounts only' }]
    : [];

function mappingConflicts(stream: Loose): readonly Problem[] {
  const entries = listOf(stream['mapping']);
  return [
    ...duplicates(entries, 'to').map((index) => ({
      path: ['mapping', index, 'to'],
      message: 'another entry writes this field; expected one entry a field',
    })),
    ...entries.flatMap(({ from, constant }, index) =>
      (from === undefined) === (constant === undefined)
        ? [
            {
              path: ['mapping', index],
              message: `expected either from or constant, received ${from === undefined ? 'neither' : 'both'}`,
            },
          ]
        : [],
    ),
  ];
}

function inputConflicts({ table, query }: Loose, source: Loose): readonly Problem[] {
  if (source['type'] === 'duckdb' && (table === undefined) === (query === undefined)) {
    const received = table === undefined ? 'neither' : 'both';
    return [{ path: [], message: `expected either table or query, received ${received}` }];
  }
  const given = Object.entries({ table, query }).filter(([, value]) => value !== undefined);
  return source['type'] === 'arrow'
    ? given.map(([key]) => ({ path: [key], message: 'is allowed with a duckdb source only' }))
    : [];
}

function absences({ source, streams }: Loose): readonly Problem[] {
  const noStreams = streams === undefined || (Array.isArray(streams) && streams.length === 0);
  return [
    ...(source === undefined ? [{ path: ['source'], message: 'is missing; expected where to read rows from' }] : []),
    ...(noStreams ? [{ path: ['streams'], message: 'is missing; expected at least one stream' }] : []),
  ];
}

// The places of entries that repeat what an earlier one says under a key.
function duplicates(entries: readonly Loose[], key: string): readonly number[] {
  const values = entries.map((entry) => entry[key]);
  return values.flatMap((value, index) => (value !== undefined && values.indexOf(value) < index ? [index] : []));
}

const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});

const listOf = (value: unknown): readonly Loose[] => (Array.isArray(value) ? value.map(loose) : []);

const streamsOf = (config: Loose): readonly Loose[] => listOf(config['streams']);
