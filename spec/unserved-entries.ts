import { streamName } from '../runtime/airbyte/configured-catalog.ts';
import { nearest } from '../runtime/config/near-names.ts';
import { ConfigFailure } from '../runtime/contract/failure.ts';
import type { ConfiguredStream } from '../runtime/contract/protocol.ts';
import { entryOf } from './airbyte-stream.ts';
import type { Config } from './config.ts';

/**
 * Warns of entries of `streams` that take no stream of a catalog: a destination may serve several connections, each with
 * streams of its own. Throws ConfigFailure for an entry whose name is nearly that of a stream, and for any while a stream is
 * written by its name alone: it would go to Apollo by a mapping that the configuration did not mean.
 */
export function unservedEntries(
  { streams }: Pick<Config, 'streams'>,
  asked: readonly ConfiguredStream[],
): readonly string[] {
  const takers = new Set(asked.map((one) => entryOf(streams, one)));
  const free = asked.filter((one) => entryOf(streams, one) === undefined);
  const byName = free.filter(({ destination_object_name: object }) => !object).map(({ stream }) => streamName(stream));
  return streams.flatMap(({ name }, index) => {
    if (takers.has(index)) return [];
    const what = `streams[${index}].name: no stream of the catalog is called "${name}"`;
    const near = meant(name, asked, free);
    if (near !== undefined)
      throw refused(`${what}. Did you mean "${near}"? Names are compared letter by letter, with case`);
    if (byName.length > 0) throw refused(`${what}, and "${byName[0]}" has no entry`);
    return [`${what}; nothing is written by it`];
  });
}

/** The stream that a name was probably meant for: in another case or namespace, or nearly spelled so. */
function meant(
  name: string,
  asked: readonly ConfiguredStream[],
  free: readonly ConfiguredStream[],
): string | undefined {
  const own = lastPart(name);
  const sameInOtherCase = asked.filter(({ stream }) => isSame(streamName(stream), name) || isSame(stream.name, name));
  const elsewhere = free.filter(({ stream }) => isSame(stream.name, own) || isSame(lastPart(stream.name), own));
  const [found] = [...sameInOtherCase, ...elsewhere];
  if (found !== undefined) return streamName(found.stream);
  const names = new Map(free.flatMap(({ stream }) => [stream.name, streamName(stream)].map((each) => [each, stream])));
  const near = nearest(name, [...names.keys()]) ?? nearest(own, [...names.keys()]);
  return near && streamName(names.get(near)!);
}

const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

const refused = (message: string): ConfigFailure => new ConfigFailure(`${message}.`, { code: 'unservable_stream' });
