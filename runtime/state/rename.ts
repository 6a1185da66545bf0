import type { DuckDBConnection } from '@duckdb/node-api';
import { ConfigFailure } from '../contract/failure.ts';
import { texts } from '../duckdb/parameters.ts';
import { literal } from '../duckdb/sql.ts';
import type { RunAbout } from '../facts/about.ts';
import type { RunSummary } from '../facts/report.ts';
import { found } from './file/look.ts';
import { knownStreams, requireStream, streamTables } from './known-streams.ts';
import { stateTable } from './schema.ts';

/** The name that a stream has, and the one that it is to have. */
interface Renaming {
  readonly from: string;
  readonly to: string;
}

/**
 * Puts all that a state store holds of a stream under another name, past runs too, and returns how many rows it knows; statements
 * of one transaction. Throws ConfigFailure for a stream that it does not know, and for a name under which it holds something.
 */
export async function renameStream(connection: DuckDBConnection, { from, to }: Renaming): Promise<number> {
  await requireStream(connection, from, '--from');
  if ((await knownStreams(connection)).includes(to)) throw taken(to);
  for (const table of streamTables) {
    await connection.run(`update ${stateTable(table)} set stream = ${literal(to)} where stream = ${literal(from)}`);
  }
  await renameInSummaries(connection, { from, to });
  const rows = `select count(*)::double as n from ${stateTable('records')} where stream = ${literal(to)}`;
  return Number((await found(connection, rows))[0]!['n']);
}

const taken = (to: string): ConfigFailure =>
  new ConfigFailure(
    `--to ${to}: the state store has a memory of that name already, and two cannot become one. Nothing was changed. Choose ` +
      `another name; or, if that memory is of no use, \`forget --stream ${to} --yes\` first.`,
    { code: 'stream_name_taken' },
  );

type Summary = RunSummary & { readonly about?: RunAbout };

/** What rows without a primary key were rejected for is found by the streams of summaries. */
async function renameInSummaries(connection: DuckDBConnection, renaming: Renaming): Promise<void> {
  const runs = stateTable('runs');
  const kept = await found(
    connection,
    `select run_id, summary from ${runs} where contains(summary, ${literal(JSON.stringify(renaming.from))})`,
  );
  if (kept.length === 0) return;
  const ids = kept.map((row) => String(row['run_id']));
  const summaries = kept.map((row) => JSON.stringify(renamed(JSON.parse(String(row['summary'])), renaming)));
  await connection.run(
    `update ${runs} set summary = news.summary
     from (select unnest($1) as run_id, unnest($2) as summary) as news where runs.run_id = news.run_id`,
    ...texts(ids, summaries),
  );
}

function renamed(summary: Summary, { from, to }: Renaming): Summary {
  const { streams, plan, about } = summary;
  const nameOf = (name: string): string => (name === from ? to : name);
  const all = <S extends { readonly name: string }>(some: readonly S[]) =>
    some.map((stream) => ({ ...stream, name: nameOf(stream.name) }));
  const withheld = plan?.withheld_records && {
    withheld_records: Object.fromEntries(
      Object.entries(plan.withheld_records).map(([name, records]) => [nameOf(name), records]),
    ),
  };
  return {
    ...summary,
    streams: all(streams),
    ...(plan && { plan: { ...plan, ...withheld } }),
    ...(about && { about: { ...about, streams: all(about.streams) } }),
  };
}
