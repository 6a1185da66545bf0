import { ConfigFailure } from '../contract/failure.ts';
import type { ConfiguredCatalog, ConfiguredStream, StreamDescriptor } from '../contract/protocol.ts';

/**
 * What a catalog file says, as far as it is read; keys that are not known are left alone. Throws ConfigFailure for a
 * file that is not a configured catalog, and for one that names a stream twice.
 */
export function configuredCatalog(json: Readonly<Record<string, unknown>>): ConfiguredCatalog {
  const { streams } = json as { streams?: unknown };
  if (!Array.isArray(streams)) throw invalid('has no list of streams');
  for (const [index, each] of streams.entries()) {
    const { stream, destination_sync_mode } = (each ?? {}) as Partial<ConfiguredStream>;
    if (typeof stream?.name !== 'string') throw invalid(`has no name in streams[${index}].stream`);
    if (typeof destination_sync_mode !== 'string') throw invalid(`has no destination_sync_mode in streams[${index}]`);
  }
  const known = new Set<string>();
  for (const { stream } of streams as ConfiguredStream[]) {
    const name = streamName(stream);
    if (known.has(name)) throw invalid(`names the stream ${JSON.stringify(name)} twice`);
    known.add(name);
  }
  return { streams: streams as ConfiguredStream[] };
}

/** A stream as people write it: its namespace, where it has one, and its name. */
export const streamName = ({ name, namespace }: ConfiguredStream['stream']): string =>
  namespace ? `${namespace}.${name}` : name;

/** A stream as messages name it. */
export const descriptorOf = ({ name, namespace }: ConfiguredStream['stream']): StreamDescriptor => ({
  name,
  ...(namespace && { namespace }),
});

const invalid = (what: string): ConfigFailure => new ConfigFailure(`The catalog ${what}.`, { code: 'invalid_catalog' });
