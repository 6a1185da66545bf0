/** Which asset shows which streams. */
interface Assignment {
  /** Asset key as Dagster writes it → names of streams, in the order of the run. */
  readonly assets: ReadonlyMap<string, readonly string[]>;
  /** Streams that no asset stands for. */
  readonly unassigned: readonly string[];
}

/**
 * A stream belongs to the asset whose key ends with its name. With a single asset, all streams belong to it, whatever
 * its name is.
 */
export function assign(streams: readonly string[], assetKeys: readonly string[]): Assignment {
  const [only] = assetKeys;
  if (only !== undefined && assetKeys.length === 1) return { assets: new Map([[only, streams]]), unassigned: [] };
  const assets = new Map<string, string[]>();
  const unassigned: string[] = [];
  for (const stream of streams) {
    const key = assetKeys.find((each) => lastPart(each) === stream);
    if (key === undefined) unassigned.push(stream);
    else assets.set(key, [...(assets.get(key) ?? []), stream]);
  }
  return { assets, unassigned };
}

/** The last part of a key whose parts are joined by `/`; a backslash stands before one that belongs to a part. */
export const lastPart = (key: string): string => /(?:[^/\\]|\\.)*$/.exec(key)![0].replaceAll(/\\(.)/g, '$1');
