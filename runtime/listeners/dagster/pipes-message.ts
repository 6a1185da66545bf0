/** One piece of metadata, with the type that Dagster shows it as. */
interface MetadataValue {
  readonly raw_value: unknown;
  readonly type: 'text' | 'path' | 'url' | 'md' | 'int' | 'float' | 'bool' | 'json' | 'timestamp';
}

type Metadata = Readonly<Record<string, MetadataValue>>;

/** The messages that are sent, by method. */
export interface PipesMethods {
  opened: { readonly extras: Readonly<Record<string, unknown>> };
  log: { readonly message: string; readonly level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR' };
  report_asset_materialization: {
    readonly asset_key: string;
    readonly data_version: null;
    readonly metadata: Metadata;
  };
  report_asset_check: {
    readonly asset_key: string;
    readonly check_name: string;
    readonly passed: boolean;
    readonly severity: 'WARN' | 'ERROR';
    readonly metadata: Metadata;
  };
  report_custom_message: { readonly payload: unknown };
  closed: { readonly exception?: PipesException };
}

/** Why the process could not do its work. */
interface PipesException {
  readonly message: string;
  readonly name: string;
  readonly stack: readonly string[];
  readonly cause: null;
  readonly context: null;
}

/**
 * Longer lines may be torn apart on their way through the log of a pod, and are lost then (dagster_k8s/pipes.py splits
 * what it reads at line breaks without joining parts; containerd cuts lines at 16 KiB).
 */
export const MAX_BYTES = 16_000;

/** One line for one message, without its line break; texts are cut where it would be too long. */
export function pipesMessage<M extends keyof PipesMethods>(method: M, params: PipesMethods[M]): string {
  const line = (fitted: unknown) =>
    withFloats(JSON.stringify({ __dagster_pipes_version: '0.1', method, params: fitted }));
  let fitted: unknown = params;
  for (let text = line(fitted); ; text = line(fitted)) {
    if (Buffer.byteLength(text) <= MAX_BYTES) return text;
    const longest = longestText(fitted);
    fitted = cut(fitted, Math.floor(longest / 2));
  }
}

// JavaScript writes 100 for the float 100.0. Dagster takes that for an int, refuses it where a float belongs, and reads no
// further message (Dagster 1.13.29: `Param "value" is not a float`).
const withFloats = (json: string): string =>
  json.replaceAll(/("raw_value":-?\d+)(,"type":"(?:float|timestamp)")/g, '$1.0$2');

const longestText = (value: unknown): number => {
  if (typeof value === 'string') return value.length;
  return value === null || typeof value !== 'object' ? 0 : Math.max(0, ...Object.values(value).map(longestText));
};

function cut(value: unknown, length: number): unknown {
  if (typeof value === 'string') return value.length > length ? `${value.slice(0, Math.max(0, length - 2))} …` : value;
  if (Array.isArray(value)) return value.map((each) => cut(each, length));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cut(each, length)]));
}
