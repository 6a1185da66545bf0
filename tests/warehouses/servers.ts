import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect as dial } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { KEEPER_CANARY, psql, server } from './support.ts';

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
