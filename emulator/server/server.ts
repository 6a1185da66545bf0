import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AdvanceableClock } from '../calls/clock.ts';
import type { Quirks } from '../calls/quirks.ts';
import type { Reply } from '../calls/reply.ts';
import type { Store } from '../store/store.ts';
import { CONTROL_PREFIX, control } from './control.ts';
import type { EditData } from './editing.ts';
import { exchange, type Outgoing } from './exchange.ts';
import type { EmulatorOptions } from './options.ts';
import type { RequestLog } from './request-log.ts';
import type { SeedData } from './seeding.ts';
import type { Violation } from './strict.ts';
import { Team } from './team.ts';
import type { TroubleRule } from './trouble.ts';

/** A running emulator. */
export interface Emulator {
  /** Base URL of the API; ends in `/api/v1`. */
  readonly url: string;
  readonly origin: string;
  /** What really is in the workspace, whatever answers said. */
  readonly store: Store;
  readonly requests: RequestLog;
  /** What strict mode refused. */
  readonly violations: readonly Violation[];
  readonly clock: AdvanceableClock;
  seed(data: SeedData): void;
  /** Changes records as somebody does in Apollo's own pages. Throws on one that is not there. */
  edit(data: EditData): void;
  addTrouble(rules: readonly TroubleRule[]): void;
  clearTrouble(): void;
  setQuirks(changes: Partial<Quirks>): void;
  reset(): void;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

/** Starts a server that behaves as Apollo's write API is documented to; resolves once it listens. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const team = new Team(options);
  const server = createServer((message, response) => {
    answer(team, message, response).catch((error: unknown) => write(response, defect(error), null, team.clock.now()));
  });
  // Clients keep connections for longer than Node's 5 seconds; a reset in between would look like scripted trouble.
  server.keepAliveTimeout = 65_000;
  await listen(server, options);
  const origin = `http://${options.host ?? '127.0.0.1'}:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/api/v1`,
    origin,
    get store() {
      return team.store;
    },
    requests: team.log,
    violations: team.violations,
    clock: team.clock,
    seed: (data) => void team.seed(data),
    edit: (data) => void team.edit(data),
    addTrouble: (rules) => team.trouble.add(rules),
    clearTrouble: () => team.trouble.clear(),
    setQuirks: (changes) => team.setQuirks(changes),
    reset: () => team.reset(),
    close: () => close(server),
  };
}

async function answer(team: Team, message: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = message.method ?? 'GET';
  const target = message.url ?? '/';
  const rawBody = await text(message);
  if (target.startsWith(CONTROL_PREFIX)) {
    write(response, control(team, method, target, rawBody), null, team.clock.now());
    return;
  }
  const apiKey = message.headers['x-api-key'];
  const { authorization } = message.headers;
  const presented = { apiKey: typeof apiKey === 'string' ? apiKey : undefined, authorization };
  send(response, await exchange(team, { method, target, rawBody, ...presented }), team.clock.now());
}

function send(response: ServerResponse, outgoing: Outgoing, nowMs: number): void {
  if (outgoing === 'dropped') response.destroy();
  else write(response, outgoing.reply, outgoing.damage, nowMs);
}

function write(response: ServerResponse, reply: Reply, damage: 'truncated' | 'empty' | null, nowMs: number): void {
  const whole = reply.contentType === undefined ? JSON.stringify(reply.body) : textOf(reply.body);
  const body = damage === null ? whole : damage === 'empty' ? '' : whole.slice(0, Math.floor(whole.length / 2));
  response.writeHead(reply.status, {
    'content-type': reply.contentType ?? 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    // By the same clock as `created_at`.
    date: new Date(nowMs).toUTCString(),
    ...reply.headers,
  });
  response.end(body);
}

const textOf = (body: unknown): string | Buffer => (Buffer.isBuffer(body) ? body : String(body));

function defect(error: unknown): Reply {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { status: 500, body: { error: `emulator defect: ${message}` } };
}

async function text(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function listen(server: Server, options: EmulatorOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
