import { accessSync, constants, existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { withoutCredentials } from '../config/credentials.ts';
import type {
  Configured,
  Connection,
  Dependencies,
  Destination,
  RunConfig,
  StreamConfig,
} from '../contract/destination.ts';
import { ConfigFailure, codeOf } from '../contract/failure.ts';
import type { SourceConfig } from '../contract/source-config.ts';
import { stateFile } from '../contract/state-config.ts';
import { counted } from '../facts/counted.ts';
import { openSource } from '../source/open-source.ts';
import type { Source, SourceOptions } from '../source/source.ts';
import type { StreamFacts } from '../state/file/owner.ts';
import { storeName } from '../state/server/parameters.ts';
import { readState } from '../state/state-database.ts';
import { type ReadyStream, ready } from './ready.ts';
import { Session } from './session.ts';

/** One thing that was looked at. */
export interface Finding {
  /** `configuration`, `source`, `key`, `scopes`, `stream contacts`, `state store`. */
  readonly what: string;
  readonly status: 'ok' | 'note' | 'failed';
  readonly says: string;
  /** Of what failed. */
  readonly code?: string;
}

/** What is looked at, and with what. */
interface Patient<C extends RunConfig> {
  readonly destination: Destination<C>;
  /** Reads and checks the configuration. */
  readonly configured: () => Promise<Configured<C>>;
  readonly source: SourceOptions;
  readonly dependencies: Dependencies;
  readonly run: AbortController;
}

/**
 * Looks at all that a run needs, both ends of it, and goes on after what is wrong: configuration, source, columns and mapping of
 * each stream, key, scopes, state store. Writes nothing, and reads no row.
 */
export async function* examine<C extends RunConfig>(patient: Patient<C>): AsyncGenerator<Finding, void, void> {
  let checked: Configured<C>;
  try {
    checked = await patient.configured();
  } catch (error) {
    yield failed('configuration', error);
    return;
  }
  const { config, warnings } = checked;
  const enabled = config.streams.filter((stream) => stream.enabled !== false);
  yield { what: 'configuration', status: 'ok', says: `${enabled.map(({ name }) => name).join(', ') || 'no stream'}` };
  for (const says of warnings) yield { what: 'configuration', status: 'note', says };
  for (const { name } of config.streams.filter((stream) => stream.enabled === false)) {
    yield { what: `stream ${name}`, status: 'note', says: 'left out: enabled is false' };
  }
  const around = { runId: '', signal: patient.run.signal, openState: readState };
  const session = new Session(patient.destination, config, around, patient.dependencies);
  try {
    yield* key(session.connection, patient);
    const facts = yield* streamsOf(config, session, patient);
    yield* store(session, facts, patient);
  } finally {
    await session.close();
  }
}

async function* key(
  connection: Connection<StreamConfig>,
  { run }: Pick<Patient<RunConfig>, 'run'>,
): AsyncGenerator<Finding, void, void> {
  const proven = await found('key', () => connection.prove(run.signal));
  yield proven;
  if (proven.status === 'failed') return;
  yield await found('scopes', async () => {
    await connection.check(run.signal);
    return 'all that the streams need';
  });
}

/** Looks at the source and at every stream; returns what the memory of those that are fine is about. */
async function* streamsOf<C extends RunConfig>(
  config: C,
  session: Session<C>,
  { source: options, run }: Patient<C>,
): AsyncGenerator<Finding, readonly StreamFacts[], void> {
  const facts: StreamFacts[] = [];
  let source: Source | undefined;
  try {
    if (config.source === undefined) {
      throw new ConfigFailure('source: missing; a run reads rows from one.', { code: 'invalid_config' });
    }
    source = await openSource(config.source, session.sourceOptions(options));
    yield { what: 'source', status: 'ok', says: sourceText(config.source) };
    for (const { name, enabled } of config.streams) {
      if (enabled === false) continue;
      const what = `stream ${name}`;
      try {
        const [stream] = await ready(session.connection, source, config, { only: [name], run });
        facts.push(stream!.facts);
        yield { what, status: 'ok', says: streamText(stream!) };
        for (const says of stream!.warnings) yield { what, status: 'note', says };
      } catch (error) {
        yield failed(what, error);
      }
    }
  } catch (error) {
    yield failed('source', error);
  } finally {
    await source?.close();
  }
  return facts;
}

/** The type of a source, and what is attached to it. */
function sourceText(source: SourceConfig): string {
  const attached = source.type === 'duckdb' ? (source.attach ?? []) : [];
  const names = attached.map(({ alias, path, type }) => alias ?? (withoutCredentials(path) || (type ?? '')));
  return names.length === 0 ? source.type : `${source.type}, with ${names.join(', ')}`;
}

const streamText = ({ config, columns }: ReadyStream<StreamConfig>): string =>
  `${config.mode} ${config.object}: the mapping fits the ${counted(columns.length, 'column')}`;

async function* store<C extends RunConfig>(
  session: Session<C>,
  facts: readonly StreamFacts[],
  { source }: Patient<C>,
): AsyncGenerator<Finding, void, void> {
  const { stateAt } = session;
  if (stateAt === undefined) {
    yield { what: 'state store', status: 'note', says: 'none is kept (state.type: none)' };
    return;
  }
  yield await found('state store', async () => {
    await session.openStore(source);
    if (session.state === undefined) {
      const file = stateFile(stateAt);
      if (file !== undefined) accessSync(existingFolder(file), constants.W_OK);
      return `${storeName(stateAt)}: there is none yet; the first run makes it`;
    }
    await session.requireOwner(facts);
    return `${storeName(stateAt)}: of this workspace and these streams`;
  });
}

function existingFolder(path: string): string {
  const folder = dirname(resolve(path));
  return existsSync(folder) ? folder : existingFolder(folder);
}

async function found(what: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { what, status: 'ok', says: await look() };
  } catch (error) {
    return failed(what, error);
  }
}

const failed = (what: string, error: unknown): Finding => ({
  what,
  status: 'failed',
  says: error instanceof Error ? error.message : String(error),
  code: codeOf(error),
});
