import type { Problem } from './problems.ts';

const parts = ['host', 'port', 'database', 'user', 'password', 'sslmode'] as const;

/** What the keys of a state store in PostgreSQL say together. */
export function serverProblems(state: Readonly<Record<string, unknown>>): readonly Problem[] {
  if (state['type'] !== 'postgres') return [];
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
