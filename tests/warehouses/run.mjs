// Reads real databases: PostgreSQL here, an S3 server, and files that others have written. Takes what it needs from the package
// indexes once. Arguments are those of Vitest: a part of a file's name, `-t` and a part of a test's name.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonEnvironment, root, run } from '../support/python-environment.mjs';

const packages = [
  'pyarrow==26.0.1',
  'adbc-driver-manager==1.13.0',
  'adbc-driver-postgresql==1.13.0',
  'deltalake==1.6.6',
  'pyiceberg[sql-sqlite]==0.12.0',
  'moto[s3]==5.2.5',
  'flask==3.1.3',
  'flask-cors==6.0.1',
];
const bin = pythonEnvironment(packages, { to: [3, 15] });
const extensions = join(root, 'node_modules', '.cache', 'duckdb-extensions');
if (!existsSync(extensions)) {
  mkdirSync(`${extensions}.part`, { recursive: true });
  run('bash', [join(root, 'scripts', 'extensions.sh'), `${extensions}.part`], {
    env: { ...process.env, PYTHON: join(bin, 'python') },
  });
  renameSync(`${extensions}.part`, extensions);
}
console.log(`Extensions: ${readdirSync(extensions).join(', ')}`);

const password = 'canary-of-the-superuser';
const postgres = await started('postgres.sh', { POSTGRES_PASSWORD: password });
const s3 = await started('s3.sh', { PYTHON: join(bin, 'python') });
const env = {
  ...process.env,
  WAREHOUSE_EXTENSIONS: extensions,
  WAREHOUSE_PYTHON: join(bin, 'python'),
  WAREHOUSE_POSTGRES: postgres.url,
  WAREHOUSE_S3: s3.url,
  PGPASSWORD: password,
};
const config = join(root, 'tests', 'warehouses', 'vitest.config.ts');
const tests = spawn(
  join(root, 'node_modules', '.bin', 'vitest'),
  ['run', '--config', config, ...process.argv.slice(2)],
  {
    cwd: root,
    env,
    stdio: 'inherit',
  },
);
tests.on('close', (code) => {
  postgres.stop();
  s3.stop();
  process.exitCode = code ?? 1;
});

/** Starts a service of `scripts/services`; its address, and how to stop it. Ends with 77 where it cannot be had. */
async function started(script, environment) {
  const service = spawn('bash', [join(root, 'scripts', 'services', script)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  service.once('exit', (code) => code !== null && code !== 0 && process.exit(code));
  for await (const url of createInterface({ input: service.stdout })) {
    service.removeAllListeners('exit');
    return { url, stop: () => service.kill('SIGTERM') };
  }
  throw new Error(`${script} did not start.`);
}
