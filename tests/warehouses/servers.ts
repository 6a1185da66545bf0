import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { counted, KEEPER_CANARY, psql, server } from './support.ts';

/** Has the server speak TLS until the test ends; the file of its certificate, which it has signed itself. */
export async function withTls(): Promise<string> {
  psql(
    `copy (select 1) to program 'cat > /dev/null; openssl req -new -x509 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1,DNS:localhost -out server.crt -keyout server.key 2> /dev/null && chmod 600 server.key'`,
  );
  psql('alter system set ssl = on');
  onTestFinished(async () => {
    psql('alter system reset ssl');
    psql('select pg_reload_conf()');
    while (psql('show ssl') === 'on') await setTimeout(20);
  });
  psql('select pg_reload_conf()');
  while (psql('show ssl') === 'off') await setTimeout(20);
  const folder = temporary('tls');
  const path = join(folder, 'root.crt');
  writeFileSync(path, psql(`select pg_read_file('server.crt')`));
  return path;
}

/** Whether this machine has a PgBouncer (Debian: the package pgbouncer). */
export const hasPgBouncer = (): boolean => found('pgbouncer') !== undefined;

/** Starts a PgBouncer before the server; its port. */
export async function pgBouncer(mode: 'transaction' | 'session'): Promise<number> {
  const program = found('pgbouncer')!;
  const folder = temporary('pgbouncer');
  const port = await freePort();
  writeFileSync(join(folder, 'users.txt'), `"keeper" "${KEEPER_CANARY}"\n`);
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${server.hostname} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(folder, 'users.txt')}
pool_mode = ${mode}
`,
  );
  chmodSync(folder, 0o755);
  // It refuses to run as root.
  const as = userInfo().uid === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(program, [...as, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' });
  await listening(port, child);
  return port;
}

/**
 * Starts a streaming replica of the server, which can be read and not written, and ends statements that are in the way of what the server
 * does at once.
 */
export async function replica(): Promise<{ readonly url: URL; readonly caughtUp: () => Promise<void> }> {
  const bin = binFolder();
  const folder = temporary('replica');
  const port = await freePort();
  const [command, ...as] = asPostgres(folder);
  const { hostname, port: primary } = server;
  const from = ['-h', hostname, '-p', primary, '-U', 'postgres'];
  const copy = [
    join(bin, 'pg_basebackup'),
    ...from,
    '-D',
    join(folder, 'data'),
    '-R',
    '-X',
    'stream',
    '-c',
    'fast',
    '--no-sync',
  ];
  execFileSync(command!, [...as, ...copy], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const settings = ['fsync=off', 'max_standby_streaming_delay=0', 'hot_standby=on', 'listen_addresses=127.0.0.1'];
  const run = [
    join(bin, 'postgres'),
    '-D',
    join(folder, 'data'),
    '-p',
    `${port}`,
    '-k',
    folder,
    ...settings.flatMap((one) => ['-c', one]),
  ];
  await listening(port, spawn(command!, [...as, ...run], { cwd: folder, stdio: 'ignore' }));
  const url = new URL(server);
  url.port = String(port);
  const caughtUp = (): Promise<void> => {
    const written = psql('select pg_current_wal_lsn()');
    return counted(`select count(*) where pg_last_wal_replay_lsn() >= '${written}'`, undefined, url);
  };
  // It takes connections before it can be read.
  const ready = [join(bin, 'pg_isready'), '-q', '-h', url.hostname, '-p', url.port];
  while (spawnSync(ready[0]!, ready.slice(1)).status !== 0) await setTimeout(20);
  await caughtUp();
  return { url, caughtUp };
}

/** The programs of the server: Debian has them in a folder for each version. */
function binFolder(): string {
  const all = '/usr/lib/postgresql';
  const versions = existsSync(all) ? readdirSync(all).map(Number) : [];
  return versions.length === 0 ? dirname(found('pg_basebackup')!) : join(all, `${Math.max(...versions)}`, 'bin');
}

/** What runs a command as somebody whom PostgreSQL starts for: not root. */
function asPostgres(folder: string): readonly string[] {
  if (userInfo().uid !== 0) return ['env'];
  execFileSync('chown', ['postgres', folder]);
  return ['setpriv', '--reuid', 'postgres', '--regid', 'postgres', '--init-groups'];
}

const found = (name: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));

function temporary(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `destination-apollo-${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  const { port } = listener.address() as { port: number };
  await new Promise((resolve) => listener.close(resolve));
  return port;
}

/** Resolves once a process that was started takes connections; it ends with the test. */
async function listening(port: number, child: ChildProcess): Promise<void> {
  onTestFinished(() => void child.kill('SIGKILL'));
  for (let isThere = false; !isThere && child.exitCode === null; ) {
    isThere = await new Promise((resolve) => {
      const socket = dial(port, '127.0.0.1');
      const tell = (is: boolean) => () => {
        socket.destroy();
        resolve(is);
      };
      socket.once('connect', tell(true)).once('error', tell(false));
    });
    if (!isThere) await setTimeout(20);
  }
  if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`);
}
