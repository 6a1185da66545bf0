// Reads real databases: PostgreSQL here, an S3 server, emulators of Snowflake and BigQuery, and files that others have written. Takes what it needs from the package
// indexes once. Arguments are those of Vitest: a part of a file's name, `-t` and a part of a test's name.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
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
  'dlt==1.31.0',
  'psycopg2-binary==2.9.13',
];
const services = [];
process.on('exit', () => {
  for (const service of services) service.kill('SIGTERM');
});
// They install what they need while the rest is installed here.
const snowflake = started('snowflake.sh');
const bigQuery = started('bigquery.sh');

const bin = pythonEnvironment(packages, { to: [3, 15], constraints: 'warehouses' });
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
// Most of the tests read it.
if (postgres === undefined) process.exit(77);
const s3 = await started('s3.sh', { PYTHON: join(bin, 'python') });
const env = {
  ...process.env,
  WAREHOUSE_EXTENSIONS: extensions,
  WAREHOUSE_PYTHON: join(bin, 'python'),
  WAREHOUSE_POSTGRES: postgres,
  WAREHOUSE_S3: s3 ?? '',
  WAREHOUSE_SNOWFLAKE: (await snowflake) ?? '',
  WAREHOUSE_BIGQUERY: (await bigQuery) ?? '',
  PGPASSWORD: password,
};
const config = join(root, 'tests', 'warehouses', 'vitest.config.ts');
const vitest = join(root, 'node_modules', '.bin', 'vitest');
const tests = spawn(vitest, ['run', '--config', config, ...process.argv.slice(2)], {
  cwd: root,
  env,
  stdio: 'inherit',
});
tests.on('close', (code) => process.exit(code ?? 1));

/** Starts a service of `scripts/services`; its address, or undefined where this machine cannot have it, which the script says. */
async function started(script, environment) {
  const service = spawn('bash', [join(root, 'scripts', 'services', script)], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  services.push(service);
  const ended = once(service, 'exit');
  for await (const url of createInterface({ input: service.stdout })) return url;
  const [code] = await ended;
  if (code === 77) return undefined;
  throw new Error(`${script} ended with ${code}.`);
}
