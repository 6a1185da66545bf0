import type { Problem } from './problems.ts';

const parts = ['host', 'port', 'database', 'user', 'password', 'sslmode'] as const;

type Keys = Readonly<Record<string, unknown>>;

/** What the keys of a state store in PostgreSQL, or in a lake, say together. */
export function serverProblems(state: Keys): readonly Problem[] {
  if (state['type'] === 'ducklake') return lakeProblems(state);
  return state['type'] === 'postgres' ? addressProblems(state) : [];
}

/** A lake has its catalogue in one place, and says where its data is unless that is beside it. */
function lakeProblems(state: Keys): readonly Problem[] {
  if (state['path'] !== undefined) {
    return ['url', ...parts]
      .filter((key) => state[key] !== undefined)
      .map((key) => ({
        path: ['state', key],
        message: 'is not allowed beside path: the catalogue is in that file; expected one of them',
      }));
  }
  if (state['url'] === undefined && state['host'] === undefined) {
    return [{ path: ['state'], message: 'says no catalogue; expected path, a file, or url or host of a PostgreSQL' }];
  }
  const missing =
    state['data_path'] === undefined
      ? [
          {
            path: ['state', 'data_path'],
            message: 'is missing; expected a folder, or an address such as s3://bucket/folder/',
          },
        ]
      : [];
  return [...missing, ...addressProblems(state)];
}

function addressProblems(state: Keys): readonly Problem[] {
  const { url } = state;
  if (url === undefined) {
    return state['host'] === undefined
      ? [{ path: ['state'], message: 'says no server; expected url, or host with database, user and password' }]
      : [];
  }
  return [
    ...(isAddress(url)
      ? []
      : [{ path: ['state', 'url'], message: 'expected postgres://user:password@host:port/database' }]),
    ...parts
      .filter((key) => state[key] !== undefined)
      .map((key) => ({
        path: ['state', key],
        message: 'is not allowed beside url, which says it; expected one of them',
      })),
  ];
}

const isAddress = (url: unknown): boolean =>
  typeof url === 'string' && /^postgres(ql)?:\/\//i.test(url) && URL.canParse(url);
