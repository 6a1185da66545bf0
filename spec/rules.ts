import { customLabelOf } from '../catalog/custom-field.ts';
import { canBeLabel } from '../catalog/missing.ts';
import type { Problem } from '../runtime/config/problems.ts';
import { serverProblems } from '../runtime/config/server-problems.ts';
import { accountsStreamOf } from './accounts-stream.ts';
import { guessesCsv } from './source/guessed-csv.ts';
import { exposedArguments, inputConflicts, openPasswords, sourceConflicts } from './source/source-rules.ts';

/** What may be known of a configuration that has not been checked: any key may be missing or be anything. */
type Loose = Readonly<Record<string, unknown>>;

/** Who runs the command: a person (`sync`, `preview`), or Airbyte, who brings the rows and the catalog. */
type Caller = 'person' | 'airbyte';

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
      ...removalConflicts(stream),
      ...membershipConflicts(stream),
      ...(caller === 'person' ? stateConflicts(stream, loose(config['state'])) : []),
      ...mappingConflicts(stream),
      ...creationConflicts(stream),
      ...decisionConflicts(stream),
      ...accountConflicts(
        stream,
        streamsOf(config).map((one) => one['name']),
      ),
      ...(caller === 'person' ? inputConflicts(stream, loose(config['source'])) : []),
    ].map(({ path, message }) => ({ path: ['streams', index, ...path], message })),
  ),
  ...serverProblems(loose(config['state'])),
  ...(caller === 'person' ? [...absences(config), ...sourceConflicts(config)] : []),
];

/** What is allowed, and probably not meant. */
export const doubts = (config: Loose): readonly Problem[] => [
  ...streamsOf(config).flatMap((stream, index) =>
    config['source'] === undefined && seesRemoved(stream)
      ? [
          {
            path: ['streams', index],
            message: 'rows that are gone are left alone: Airbyte does not tell which they are',
          },
        ]
      : [],
  ),
  ...sharedObjects(streamsOf(config)).map(({ index, more }) => ({
    path: ['streams', index, 'object'],
    message:
      `an earlier stream writes this object by the same match key${more > 0 ? `, and so do ${more} later ones` : ''}; ` +
      'where they share records, the last one wins',
  })),
  ...streamsOf(config).flatMap((stream, index) =>
    DOUBTFUL.filter(({ holds }) => holds(stream)).map(({ key, message }) => ({
      path: ['streams', index, key],
      message,
    })),
  ),
  ...streamsOf(config).flatMap((stream, index) =>
    listOf(stream['mapping']).flatMap((entry, at) =>
      DOUBTFUL_ENTRIES.filter(({ holds }) => holds(entry)).map(({ key, message }) => ({
        path: ['streams', index, 'mapping', at, key],
        message,
      })),
    ),
  ),
  ...guessedCsv(streamsOf(config)),
  ...exposedArguments(config),
  ...openPasswords(config),
];

/** Said once, however many streams do so. */
function guessedCsv(streams: readonly Loose[]): readonly Problem[] {
  const index = streams.findIndex(({ query }) => typeof query === 'string' && guessesCsv(query));
  const message =
    'reads CSV without its dialect: DuckDB guesses it again in each run, and may skip rows or take quotes for text; ' +
    'give read_csv delim, quote, escape, header, skip, comment and all_varchar, as `init --source FILE` writes them';
  return index < 0 ? [] : [{ path: ['streams', index, 'query'], message }];
}

/** For each object the second stream that writes its fields, and how many more do; a list has no fields. */
function sharedObjects(streams: readonly Loose[]): readonly { readonly index: number; readonly more: number }[] {
  const objects = streams.map(({ object, membership }) => (membership === undefined ? { object } : {}));
  const later = duplicates(objects, 'object');
  return [...new Set(later.map((index) => objects[index]!.object))].map((object) => {
    const [index, ...more] = later.filter((one) => objects[one]!.object === object);
    return { index: index!, more: more.length };
  });
}

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

const DOUBTFUL_ENTRIES: typeof DOUBTFUL = [
  {
    key: 'on_invalid',
    message: 'drop has no effect beside a constant, which is checked before the run',
    holds: ({ on_invalid, constant }) => on_invalid === 'drop' && constant !== undefined,
  },
  {
    key: 'on_invalid',
    message: 'drop has no effect where the field is required: a value that does not fit rejects the row',
    holds: ({ on_invalid, required }) => on_invalid === 'drop' && required === true,
  },
  {
    key: 'required',
    message: 'has no effect beside a constant, which every row has',
    holds: ({ required, constant }) => required === true && constant !== undefined,
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

function apolloIdConflicts({ mode, apollo_id, membership }: Loose): readonly Problem[] {
  if (membership !== undefined) return [];
  if (mode === 'update' && apollo_id === undefined) {
    return [
      { path: ['apollo_id'], message: 'is missing; mode update expects the column that holds the Apollo record id' },
    ];
  }
  return mode === 'update' || apollo_id === undefined
    ? []
    : [{ path: ['apollo_id'], message: 'is allowed in mode update and with membership only' }];
}

const matchConflicts = ({ on_match_conflict, object }: Loose): readonly Problem[] =>
  on_match_conflict === 'create' && object === 'contacts'
    ? [{ path: ['on_match_conflict'], message: 'received "create", expected reject: create is for accounts only' }]
    : [];

const seesRemoved = ({ mode, on_removed, membership }: Loose): boolean =>
  mode === 'mirror' ||
  loose(membership)['behaviour'] === 'mirror' ||
  (on_removed !== undefined && on_removed !== 'keep');

function removalConflicts({ mode, on_removed, on_existing, lists, membership }: Loose): readonly Problem[] {
  const at = (message: string): readonly Problem[] => [{ path: ['on_removed'], message }];
  if (membership !== undefined) return [];
  if (mode === 'mirror' && on_removed === 'keep') {
    return at('received "keep", which is what mode upsert does; expected what happens to removed rows, in mode mirror');
  }
  if (mode === 'mirror' && on_removed === undefined && listOf(lists).length === 0) {
    return at('is missing; mode mirror of a stream without lists expects what happens to removed rows');
  }
  const leaves = mode === 'insert' ? 'mode insert' : on_existing === 'skip' ? 'on_existing skip' : undefined;
  return leaves !== undefined && seesRemoved({ mode, on_removed })
    ? at(`does not go with ${leaves}, which leaves existing records alone; expected keep`)
    : [];
}

// What decides what is written; of a membership, its behaviour does.
const NOT_WITH_MEMBERSHIP = [
  'mode',
  'on_existing',
  'on_match_conflict',
  'nulls',
  'updates',
  'read_before_update',
  'lists',
  'on_removed',
] as const;

const CREATION = ['create_fields', 'create_options'] as const;

const MATCH_FIELDS: Readonly<Record<string, string>> = { contacts: 'email', accounts: 'domain' };

function membershipConflicts(stream: Loose): readonly Problem[] {
  if (stream['membership'] === undefined) return [];
  const { behaviour } = loose(stream['membership']);
  const entries = listOf(stream['mapping']);
  const only = MATCH_FIELDS[String(stream['object'])];
  const byId = stream['apollo_id'] !== undefined;
  return [
    ...NOT_WITH_MEMBERSHIP.filter((key) => stream[key] !== undefined).map((key) => ({
      path: [key],
      message: 'is not allowed with membership, whose behaviour says what is done',
    })),
    ...(byId && behaviour === 'upsert'
      ? [
          {
            path: ['apollo_id'],
            message: 'is not allowed with membership upsert, which finds records by their match field',
          },
        ]
      : []),
    ...(byId && entries.length > 0
      ? [{ path: ['mapping'], message: 'is not allowed beside apollo_id with membership: the id says who is meant' }]
      : []),
    ...(!byId && behaviour !== 'upsert' && entries.some(({ to }) => to !== only)
      ? [{ path: ['mapping'], message: `expected ${only} alone: membership ${behaviour} writes no field` }]
      : []),
  ];
}

/** What is gone, and whom another stream has found, only a state store can tell. */
function stateConflicts(stream: Loose, state: Loose): readonly Problem[] {
  if (state['type'] !== 'none') return [];
  const { behaviour } = loose(stream['membership']);
  const looksUp = behaviour !== undefined && behaviour !== 'upsert' && stream['apollo_id'] === undefined;
  if (!seesRemoved(stream) && !looksUp) return [];
  const key = behaviour !== undefined ? 'membership' : stream['on_removed'] !== undefined ? 'on_removed' : 'mode';
  return [{ path: [key], message: 'needs a state store; expected state.type duckdb or postgres' }];
}

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

/** Only custom fields can be made, under a label; and only for a stream that writes fields. */
function creationConflicts(stream: Loose): readonly Problem[] {
  const { behaviour } = loose(stream['membership']);
  const idle = behaviour === undefined || behaviour === 'upsert' ? [] : CREATION.filter((key) => stream[key] === true);
  return [
    ...idle.map((key) => ({
      path: [key],
      message: `is not allowed with membership ${String(behaviour)}, which writes no field`,
    })),
    ...listOf(stream['mapping']).flatMap(({ to, create }, index) => {
      const label = typeof to === 'string' ? customLabelOf(to) : undefined;
      if (create === undefined || (label !== undefined && canBeLabel(label))) return [];
      return [
        {
          path: ['mapping', index, 'create'],
          message:
            label === undefined
              ? 'is for custom fields only; expected `to: custom:` and a label'
              : 'a field is made by its label; expected neither an id, nor a name that begins with powerup_',
        },
      ];
    }),
  ];
}

/** What a person decides is what happens to records that exist, and who is whom. */
const decisionConflicts = ({ decisions, membership, mode }: Loose): readonly Problem[] => {
  if (decisions === undefined || (membership === undefined && mode !== 'insert')) return [];
  const other = membership === undefined ? 'mode insert, which leaves existing records alone' : 'membership';
  return [{ path: ['decisions'], message: `is not allowed with ${other}` }];
};

/** Accounts are those of contacts; those that are created are a stream of their own. */
function accountConflicts({ account, object, membership, name }: Loose, names: readonly unknown[]): readonly Problem[] {
  if (account === undefined) return [];
  const at = (message: string): readonly Problem[] => [{ path: ['account'], message }];
  if (object === 'accounts') return at('is for contacts only: an account belongs to none');
  if (membership !== undefined) return at('is not allowed with membership, which writes no field');
  const created = accountsStreamOf(String(name));
  return loose(account)['create'] === true && names.includes(created)
    ? at(`with create: true, the accounts are remembered under ${created}, and another stream has that name`)
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
