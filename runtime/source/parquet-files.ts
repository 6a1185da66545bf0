import type { DuckDBConnection } from '@duckdb/node-api';
import { literal } from '../duckdb/sql.ts';
import type { Relation } from './source.ts';
import { qualifiedName, tableParts } from './table-name.ts';

type Node = Readonly<Record<string, unknown>>;

/** The Parquet files that a table or a query reads, as it names them, through views too: one list for each place. */
export async function parquetFilesOf(
  connection: DuckDBConnection,
  { table, query }: Pick<Relation, 'table' | 'query'>,
): Promise<readonly (readonly string[])[]> {
  const parts = table === undefined ? undefined : tableParts(table);
  const views = await connection.runAndReadAll('select lower(view_name), sql from duckdb_views() where not internal');
  const seen = new Set<string>();
  const filesOf = async (text: string): Promise<readonly (readonly string[])[]> => {
    const read = await connection.runAndReadAll(`select json_serialize_sql(${literal(text.replace(/;\s*$/, ''))})`);
    const { files, tables } = namedIn(JSON.parse(String(read.getRows()[0]?.[0])));
    const all = [...files];
    for (const [name, sql] of views.getRows().map((row) => row.map(String))) {
      if (!tables.has(name!) || seen.has(sql!)) continue;
      seen.add(sql!);
      all.push(...(await filesOf(sql!.slice(sql!.search(/\bas\b/i) + 2))));
    }
    return all;
  };
  return filesOf(parts === undefined ? (query ?? '') : `from ${qualifiedName(parts)}`);
}

interface Named {
  readonly files: (readonly string[])[];
  readonly tables: Set<string>;
}

/** What stands after FROM anywhere in a query that DuckDB has parsed. */
function namedIn(parsed: unknown, named: Named = { files: [], tables: new Set() }): Named {
  if (typeof parsed !== 'object' || parsed === null) return named;
  const node = parsed as Node;
  if (node['type'] === 'BASE_TABLE') {
    const name = String(node['table_name']);
    if (/\.parquet\b/i.test(name)) named.files.push([name]);
    else named.tables.add(name.toLowerCase());
  }
  const call = node['type'] === 'TABLE_FUNCTION' ? (node['function'] as Node) : undefined;
  if (call !== undefined && /^(read_parquet|parquet_scan)$/i.test(String(call['function_name']))) {
    named.files.push(textsIn((call['children'] as readonly unknown[] | undefined)?.[0]));
  }
  for (const one of Object.values(node)) namedIn(one, named);
  return named;
}

/** A text, or the texts of a list. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const node = value as Node;
  if (node['type'] !== 'VALUE_CONSTANT') return [node['children'] ?? []].flat().flatMap(textsIn);
  const { value: constant } = node['value'] as Node;
  return [constant].flat().flatMap((one) => (typeof one === 'string' ? [one] : textsIn(one)));
}
