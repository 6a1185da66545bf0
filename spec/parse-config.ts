import { pathText, propertiesOf } from '../runtime/config/json-schema.ts';
import { invalidConfig, type Problem, problemsOf, problemText, unknownKey } from '../runtime/config/problems.ts';
import { Secrets } from '../runtime/config/secrets.ts';
import { secretsIn } from '../runtime/config/source-secrets.ts';
import { type Config, configSchema } from './config.ts';
import { API_KEY_VARIABLE } from './connection.ts';
import { madeSchema } from './made-schema.ts';
import { conflicts, doubts } from './rules.ts';
import { DEFAULT_STATE_PATH } from './state.ts';
import type { StreamConfig } from './stream.ts';

type Caller = Parameters<typeof conflicts>[1];

interface ParseOptions {
  /** The environment variables. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Airbyte may send top-level keys that we do not know, and brings rows and catalog itself. Default: a person. */
  readonly caller?: Caller;
  /** What messages must not show besides what the schema marks as secret. */
  readonly hidden?: readonly string[];
  /** Gets what is allowed and probably not meant, one line each. */
  readonly warn?: (message: string) => void;
}

/** The configuration with all its defaults; throws a ConfigFailure that lists every problem, one a line. */
export function parseConfig(json: unknown, options: ParseOptions): Config {
  const { environment, caller = 'person', hidden = [], warn = () => {} } = options;
  const schema = madeSchema;
  if (!isObject(json)) throw invalidConfig([{ path: [], message: 'expected a set of keys' }]);
  const secrets = new Secrets([environment[API_KEY_VARIABLE] ?? '', ...hidden, ...secretsIn(json)]);
  secrets.collect(schema, json);

  const { known, unknown } = split(json, Object.keys(propertiesOf(schema)));
  const unknownKeys = unknown.map((key) => unknownKey([key], Object.keys(propertiesOf(schema))));
  const complete = withApiKey(known, environment[API_KEY_VARIABLE]);
  const result = configSchema.safeParse(complete);
  const problems = [
    ...(caller === 'person' ? unknownKeys : []),
    ...problemsOf(result.error?.issues ?? [], complete, schema, (text) => secrets.mask(text)).map(withKeyHint),
    ...conflicts(complete, caller),
  ];
  if (!result.success || problems.length > 0) throw invalidConfig(problems);

  for (const problem of [...(caller === 'airbyte' ? unknownKeys : []), ...doubts(complete)]) warn(problemText(problem));
  const { state = defaultState[caller], api_base_url, ...rest } = result.data;
  const streams = rest.streams.map((stream) => ({ ...stream, mode: modeOf(stream) }));
  return {
    ...rest,
    streams,
    state: withExtensions(state, rest.source),
    api_base_url: api_base_url.replace(/\/+$/, ''),
  };
}

/** The state store looks for its extensions where the source does, unless it says another folder. */
const withExtensions = (state: Config['state'], source: Config['source']): Config['state'] =>
  (state.type === 'postgres' || state.type === 'ducklake') &&
  source?.type === 'duckdb' &&
  source.extension_directory !== undefined
    ? { extension_directory: source.extension_directory, ...state }
    : state;

/** What a list does with its rows has one of the modes for a name, in reports. */
const modeOf = ({ mode, membership }: StreamConfig): StreamConfig['mode'] =>
  membership === undefined ? mode : behaviourModes[membership.behaviour];

const behaviourModes = { add: 'update', remove: 'update', mirror: 'mirror', upsert: 'upsert' } as const;

const defaultState: Readonly<Record<Caller, Config['state']>> = {
  person: { type: 'duckdb', path: DEFAULT_STATE_PATH },
  airbyte: { type: 'none' },
};

type Keys = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Keys =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function split(json: Keys, names: readonly string[]): { known: Keys; unknown: readonly string[] } {
  const known = Object.fromEntries(Object.entries(json).filter(([key]) => names.includes(key)));
  return { known, unknown: Object.keys(json).filter((key) => !names.includes(key)) };
}

function withApiKey(json: Keys, apiKey: string | undefined): Keys {
  const { credentials = { auth_type: 'api_key' } } = json;
  if (!isObject(credentials) || credentials['auth_type'] !== 'api_key') return { ...json, credentials };
  const key = credentials['api_key'] === undefined && apiKey !== undefined ? { api_key: apiKey } : {};
  return { ...json, credentials: { ...credentials, ...key } };
}

const withKeyHint = ({ path, message }: Problem): Problem => ({
  path,
  message:
    pathText(path) === 'credentials.api_key'
      ? `${message}; or set the environment variable ${API_KEY_VARIABLE}`
      : message,
});
