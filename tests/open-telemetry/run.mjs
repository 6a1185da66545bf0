// Loads released SDKs of OpenTelemetry into the built program, as docs/orchestrators/telemetry.md shows it, and looks at what a
// receiver of OTLP on this machine is told: `npm run test:telemetry`. The SDKs are installed into their folders on the first run.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const here = import.meta.dirname;
const root = join(here, '..', '..');
const executable = join(root, 'dist', 'destination-apollo.mjs');
const page = readFileSync(join(root, 'docs', 'orchestrators', 'telemetry.md'), 'utf8');
const [, documented] = /```js\n(\/\/ telemetry\.mjs\n.*?)```/s.exec(page);

function run(program, args, cwd) {
  const { status } = spawnSync(program, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

/** The documented file beside the packages that it imports. */
function prepare(sdk) {
  const packages = join(here, sdk, 'node_modules');
  if (!existsSync(join(packages, '.package-lock.json'))) run('npm', ['ci', '--no-audit', '--no-fund'], join(here, sdk));
  const folder = join(packages, '.documented');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'telemetry.mjs'), documented);
  return join(folder, 'telemetry.mjs');
}

/** Keeps what is posted to it, by path. */
async function startReceiver() {
  const received = {};
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    received[request.url] = [...(received[request.url] ?? []), JSON.parse(body)];
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return { received, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

async function startEmulator() {
  const args = [executable, 'emulator', '--port', '0', '--plan', 'unlimited'];
  const emulator = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const url of createInterface({ input: emulator.stdout })) return { emulator, url };
  throw new Error('The emulator did not start.');
}

function sync(telemetry, receiver, cwd) {
  const args = ['--import', telemetry, executable, 'sync', '--config', 'sync.json', '--output', 'json'];
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_TRACES_EXPORTER: 'otlp',
    OTEL_METRICS_EXPORTER: 'otlp',
    OTEL_LOGS_EXPORTER: 'none',
  };
  return new Promise((ended) => {
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('close', ended);
  });
}

const attributesOf = ({ attributes }) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

function checkSpans(requests) {
  const spans = requests.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((each) => each.spans)),
  );
  const [whole, ...others] = spans.filter(({ name }) => name === 'sync');
  assert.deepEqual(others, []);
  assert.equal(attributesOf(whole)['sync.status'], 'succeeded');
  const creates = spans.filter(({ name }) => name === 'POST contacts/bulk_create');
  assert.equal(creates.length, 3);
  for (const { traceId, parentSpanId, ...create } of creates) {
    assert.deepEqual([traceId, parentSpanId], [whole.traceId, whole.spanId]);
    assert.equal(Number(attributesOf(create)['http.response.status_code']), 200);
  }
}

function checkMetrics(requests) {
  const metrics = requests.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((each) => each.metrics)),
  );
  const rows = metrics.findLast(({ name }) => name === 'sync.rows').sum.dataPoints;
  const created = rows.filter((point) => attributesOf(point)['sync.outcome'] === 'created');
  assert.equal(
    created.reduce((sum, point) => sum + Number(point.asInt ?? point.asDouble), 0),
    298,
  );
  assert.ok(metrics.some(({ name }) => name === 'http.client.request.duration'));
}

if (!existsSync(executable)) throw new Error('dist/destination-apollo.mjs is missing: npm run build');
const folder = mkdtempSync(join(tmpdir(), 'open-telemetry-'));
const { emulator, url } = await startEmulator();
const count = { passed: 0, failed: 0 };
try {
  run(process.execPath, [join(root, 'tests', 'dagster', 'warehouse.mjs'), join(folder, 'warehouse.duckdb')], root);
  const config = {
    credentials: { auth_type: 'api_key', api_key: 'emulator-key' },
    api_base_url: url,
    source: { type: 'duckdb', database: 'warehouse.duckdb' },
    streams: [
      {
        name: 'contacts',
        table: 'marts.contacts',
        object: 'contacts',
        mapping: [
          { to: 'email', from: 'work_email' },
          { to: 'first_name', from: 'given_name' },
        ],
      },
    ],
    state: { type: 'none' },
  };
  writeFileSync(join(folder, 'sync.json'), JSON.stringify(config));
  for (const sdk of readdirSync(here).filter((name) => name.startsWith('sdk-'))) {
    const telemetry = prepare(sdk);
    await fetch(`${url.replace('/api/v1', '')}/__emulator/reset`, { method: 'POST', body: '{}' });
    const receiver = await startReceiver();
    try {
      assert.equal(await sync(telemetry, receiver, folder), 0);
      checkSpans(receiver.received['/v1/traces'] ?? []);
      checkMetrics(receiver.received['/v1/metrics'] ?? []);
      count.passed++;
      console.log(`ok      spans and metrics arrive by ${sdk}`);
    } catch (error) {
      count.failed++;
      console.log(`FAILED  spans and metrics arrive by ${sdk}\n${error.stack}`);
    } finally {
      receiver.close();
    }
  }
} finally {
  emulator.kill();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${count.passed} passed, ${count.failed} failed`);
process.exitCode = count.failed > 0 ? 1 : 0;
