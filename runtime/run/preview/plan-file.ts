import { readFile } from 'node:fs/promises';
import { ConfigFailure } from '../../contract/failure.ts';
import type { WithheldRecords } from '../../facts/report.ts';
import type { ReadyStream } from '../ready.ts';
import type { StreamPreview } from './stream-preview.ts';

/** A saved preview, as far as a run is held to it. */
export interface Plan {
  /** Where it was read from, for messages. */
  readonly path: string;
  readonly streams: readonly PlannedStream[];
  /** The most requests, by `METHOD path`. */
  readonly maxCalls: Readonly<Record<string, number>>;
  /** What may be made at the destination, and how many of it. */
  readonly makes?: readonly { readonly what: string; readonly count: number }[];
}

/** A stream of a saved preview, and the most rows that may be created, changed, or seen to as gone, and values emptied. */
interface PlannedStream extends Pick<StreamPreview, 'name' | 'version' | 'strategy'> {
  readonly most: Readonly<Record<keyof WithheldRecords, number>>;
}

/** Reads what `preview --output json` has printed. Throws ConfigFailure where the file is none of that. */
export async function readPlan(path: string): Promise<Plan> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw invalid(path, `cannot be read: ${error.code ?? error.message}`);
  });
  return planOf(path, parsed(path, text));
}

/** The plan in a preview. Throws ConfigFailure where it is not a plan. */
export function planOf(
  path: string,
  preview: { readonly [Key in 'type' | 'streams' | 'calls' | 'makes']?: unknown },
): Plan {
  const { type, streams, calls, makes = [] } = preview;
  if (
    type !== 'preview' ||
    !Array.isArray(streams) ||
    !streams.every(isStream) ||
    !isRecord(calls) ||
    !isMakes(makes)
  ) {
    throw invalid(path, 'is not a preview');
  }
  const maxCalls = Object.entries(calls).map(([request, count]) => {
    const max = isRecord(count) ? count['max'] : undefined;
    if (typeof max !== 'number') throw invalid(path, `says no number of ${request}`);
    return [request, max] as const;
  });
  return {
    path,
    streams: streams.map((stream) => plannedOf(path, stream)),
    maxCalls: Object.fromEntries(maxCalls),
    makes,
  };
}

function plannedOf(path: string, stream: StreamPreview): PlannedStream {
  const { name, version, strategy, removed = 0 } = stream;
  const maxOf = (key: 'new' | 'changed' | 'clears'): number => {
    const found: unknown = stream[key];
    const max = isRecord(found) ? found['max'] : undefined;
    if (typeof max !== 'number') throw invalid(path, `says no number of ${key} of stream ${name}`);
    return max;
  };
  const most = { creates: maxOf('new'), changes: maxOf('changed'), clears: maxOf('clears'), removals: removed };
  return { name, most, ...(version !== undefined && { version }), ...(strategy !== undefined && { strategy }) };
}

/** Throws ConfigFailure where a plan was made for other streams than these, or for the same otherwise configured. */
export function requirePlanFor(plan: Plan, streams: readonly ReadyStream<{ readonly name: string }>[]): void {
  const planned = plan.streams.map(({ name }) => name);
  const present = streams.map(({ config }) => config.name);
  if (JSON.stringify(planned.toSorted()) !== JSON.stringify(present.toSorted())) {
    const [theirs, ours] = [planned, present].map((names) => names.join(', ') || 'none');
    throw mismatch(plan, `was made for the streams ${theirs}, and this run has ${ours}`);
  }
  for (const { config, writer } of streams) {
    const { version } = plan.streams.find(({ name }) => name === config.name)!;
    if (version === writer.version) continue;
    throw mismatch(
      plan,
      `was made for another configuration of stream ${config.name}, or other fields at the destination`,
    );
  }
}

function parsed(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(text);
    return isRecord(json) ? json : {};
  } catch {
    throw invalid(path, 'is not JSON');
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isStream = (value: unknown): value is StreamPreview => isRecord(value) && typeof value['name'] === 'string';

const isMakes = (value: unknown): value is NonNullable<Plan['makes']> =>
  Array.isArray(value) &&
  value.every((one) => isRecord(one) && typeof one['what'] === 'string' && typeof one['count'] === 'number');

const hint = 'Make one with `preview --output json > plan.json`.';

const invalid = (path: string, what: string) =>
  new ConfigFailure(`--plan ${path}: ${what}. ${hint}`, { code: 'invalid_plan' });

const mismatch = ({ path }: Plan, what: string) =>
  new ConfigFailure(`--plan ${path}: ${what}. ${hint}`, { code: 'plan_mismatch' });
