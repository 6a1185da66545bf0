import { credentialsIn } from '../../runtime/config/credentials.ts';
import type { Problem } from '../../runtime/config/problems.ts';

/** What may be known of a configuration that has not been checked: any key may be missing or be anything. */
type Loose = Readonly<Record<string, unknown>>;

// Which keys of a stream say what it reads, by the type of the source.
const inputs: Readonly<Record<string, readonly string[]>> = {
  duckdb: ['table', 'query'],
  clickhouse: ['table', 'query'],
  databricks: ['table', 'query'],
  arrow: ['command'],
};

/** What a stream reads, where its source cannot give it that. */
export function inputConflicts(stream: Loose, source: Loose): readonly Problem[] {
  const type = String(source['type']);
  const takes = inputs[type];
  if (takes === undefined) return [];
  const { table, query, command } = stream;
  const misplaced = Object.entries({ table, query, command }).filter(
    ([key, value]) => value !== undefined && !takes.includes(key),
  );
  if (misplaced.length > 0) {
    return misplaced.map(([key]) => ({
      path: [key],
      message:
        key === 'command'
          ? 'is allowed with an arrow source only'
          : 'is allowed with a duckdb, clickhouse or databricks source only',
    }));
  }
  if (type === 'arrow') return arrowInput(stream, source);
  if ((table === undefined) !== (query === undefined)) return [];
  const received = table === undefined ? 'neither' : 'both';
  return [{ path: [], message: `expected either table or query, received ${received}` }];
}

const arrowInput = ({ command }: Loose, source: Loose): readonly Problem[] =>
  command === undefined && source['path'] === undefined && source['command'] === undefined
    ? [{ path: [], message: 'expected `command` here, or `path` or `command` in source' }]
    : [];

/** Keys of a source that do not go together. */
export function sourceConflicts(config: Loose): readonly Problem[] {
  const source = loose(config['source']);
  const conflict = (key: string, message: string) => ({ path: ['source', key], message });
  if (source['type'] === 'arrow' && source['path'] !== undefined && source['command'] !== undefined) {
    return [conflict('command', 'expected either path or command, received both')];
  }
  if (source['type'] === 'clickhouse' && source['access_token'] !== undefined && source['password'] !== undefined) {
    return [conflict('access_token', 'expected either a password or an access token, received both')];
  }
  if (source['type'] !== 'databricks') return [];
  const isPair = source['client_id'] !== undefined && source['client_secret'] !== undefined;
  if ((source['access_token'] !== undefined) !== isPair) return [];
  return [conflict('access_token', 'expected either access_token, or client_id and client_secret')];
}

/** A password that goes over the network as it is. */
export function openPasswords(config: Loose): readonly Problem[] {
  const { type, url, password, access_token } = loose(config['source']);
  if (type !== 'clickhouse' || (password ?? access_token) === undefined) return [];
  if (!/^http:\/\//i.test(String(url)) || /^http:\/\/(localhost|127\.|\[::1\])/i.test(String(url))) return [];
  return [
    {
      path: ['source', 'url'],
      message: 'plain http: the password can be read on the way; use https where the network is shared',
    },
  ];
}

/** Passwords in the arguments of programs. */
export function exposedArguments(config: Loose): readonly Problem[] {
  const source = loose(config['source']);
  const streams = Array.isArray(config['streams']) ? config['streams'].map(loose) : [];
  const commands = [
    { path: ['source', 'command'], command: source['command'] },
    ...streams.map(({ command }, index) => ({ path: ['streams', index, 'command'], command })),
  ];
  return commands
    .filter(({ command }) => Array.isArray(command) && command.some((one) => credentialsIn(String(one)).length > 0))
    .map(({ path }) => ({
      path,
      message:
        'holds a password or a token, and every user of this machine can see the arguments of programs; the program inherits the environment, give it there',
    }));
}

const loose = (value: unknown): Loose => (typeof value === 'object' && value !== null ? (value as Loose) : {});
