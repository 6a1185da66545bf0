import { randomUUID } from 'node:crypto';
import type { RunSummary } from '../facts/report.ts';
import { failureOf } from '../text/failure-text.ts';
import type { ListenerEvent } from './listener.ts';

type LineageEventType = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';

/** The job and the run that events are about. */
interface LineageRun {
  readonly producer: string;
  readonly namespace: string;
  readonly job: string;
  /** Made by `lineageRunId`. */
  readonly runId: string;
  /** Who started it: namespace, job and run id with slashes between, as OPENLINEAGE_PARENT_ID has it. */
  readonly parent?: string | undefined;
  readonly source: string;
  /** Where rows go. */
  readonly destination: string;
  readonly streams: Extract<ListenerEvent, { type: 'started' }>['streams'];
}

const FACETS = 'https://openlineage.io/spec/facets';
const SCHEMA = 'https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent';

/** An event as the specification has it, for the start of a run or, with its summary or message, for the end. */
export function lineageEvent(
  run: LineageRun,
  eventType: LineageEventType,
  at: number,
  end: { readonly summary?: RunSummary; readonly error?: string } = {},
): object {
  const facet = (name: string, version: string, content: object) => ({
    _producer: run.producer,
    _schemaURL: `${FACETS}/${version}/${name}.json#/$defs/${name}`,
    ...content,
  });
  const error = end.error ?? (end.summary && failureOf(end.summary)?.message);
  const parent = parentOf(run.parent);
  const rows = (object: string) => {
    const reports = end.summary?.streams.filter((report) => report.object === object);
    return reports?.reduce((sum, { created, updated }) => sum + created + updated, 0);
  };
  return {
    eventType,
    eventTime: new Date(at).toISOString(),
    producer: run.producer,
    schemaURL: SCHEMA,
    run: {
      runId: run.runId,
      facets: {
        ...(parent && { parent: facet('ParentRunFacet', '1-0-1', parent) }),
        ...(error !== undefined && {
          errorMessage: facet('ErrorMessageRunFacet', '1-0-1', { message: error, programmingLanguage: 'TypeScript' }),
        }),
      },
    },
    job: {
      namespace: run.namespace,
      name: run.job,
      facets: {
        jobType: facet('JobTypeJobFacet', '2-0-4', {
          processingType: 'BATCH',
          integration: run.destination,
          jobType: 'JOB',
        }),
      },
    },
    // Servers tell datasets by their names: one that several streams read or write stands here once.
    inputs: distinct(run.streams.map(({ from }) => from)).map((name) => ({ namespace: run.source, name })),
    outputs: distinct(run.streams.map(({ object }) => object)).map((object) => {
      const rowCount = rows(object);
      return {
        namespace: run.destination,
        name: object,
        ...(rowCount !== undefined && {
          outputFacets: {
            outputStatistics: facet('OutputStatisticsOutputDatasetFacet', '1-0-2', { rowCount }),
          },
        }),
      };
    }),
  };
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];

/** A run id as the specification wants it: a UUID. Another one gets a UUID of its own. */
export const lineageRunId = (runId: string): string =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(runId) ? runId : randomUUID();

function parentOf(text: string | undefined): object | undefined {
  const parts = text?.split('/') ?? [];
  if (parts.length < 3) return undefined;
  // A job's name may contain slashes; a namespace is a name or a URL, and the run id stands last.
  const runId = parts.at(-1)!;
  const name = parts.at(-2)!;
  return { run: { runId }, job: { namespace: parts.slice(0, -2).join('/'), name } };
}
