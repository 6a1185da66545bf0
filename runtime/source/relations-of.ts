import type { DuckDBConnection } from '@duckdb/node-api';
import { withoutCredentials } from '../config/credentials.ts';
import type { Attached } from '../duckdb/attached.ts';
import { literal } from '../duckdb/sql.ts';
import { tablesIn } from './relation.ts';
import type { Relation } from './source.ts';
import { placeOf, timeless } from './source-identity.ts';
import { qualifiedName, tableParts } from './table-name.ts';

type Node = Readonly<Record<string, unknown>>;

/**
 * The tables, views and files that a table or a query names, sorted; those that a query makes itself are left out. What is attached
 * is named by which database it is, not by its alias.
 */
export async function relationsOf(
  connection: DuckDBConnection,
  relation: Relation,
  attached: readonly Attached[] = [],
): Promise<readonly string[]> {
  const { table, query } = relation;
  const parts = table === undefined ? undefined : tableParts(table);
  const text = parts === undefined ? (query ?? '') : `from ${qualifiedName(parts)}`;
  const found = await connection.runAndReadAll(
    `select current_database(), json_serialize_sql(${literal(text.replace(/;\s*$/, ''))})`,
  );
  const [database, json] = (found.getRows()[0] ?? []).map(String);
  const parsed = JSON.parse(json ?? '{}') as Node;
  // What DuckDB cannot write as JSON, a PIVOT for one, it can still name the tables of.
  const names =
    parsed['error'] === true
      ? connection.getTableNames(text, false).map((name) => timeless(name.toLowerCase()))
      : namesIn(parsed, new Set(), String(database).toLowerCase());
  return [
    ...new Set([
      ...names.map((name) => placed(name, attached)),
      ...(await behindViews(connection, relation, names, attached)),
    ]),
  ].sort();
}

/** A name with the database that its alias stands for. */
function placed(name: string, attached: readonly Attached[]): string {
  const { alias, place } = attached.find(({ alias }) => isOf(name, alias)) ?? {};
  return alias === undefined ? name : `${placeShown(place!)}${name.slice(timeless(alias).length)}`;
}

const isOf = (name: string, alias: string): boolean => name.startsWith(`${timeless(alias.toLowerCase())}.`);

const placeShown = ({ type, address, fingerprint }: Attached['place']): string =>
  address === undefined ? `${type}:${fingerprint}` : placeOf(address);

/** The databases that a relation reads without naming them: by a view, or by a function that is given their alias. */
async function behindViews(
  connection: DuckDBConnection,
  relation: Relation,
  names: readonly string[],
  attached: readonly Attached[],
): Promise<readonly string[]> {
  const hidden = attached.filter(({ alias }) => !names.some((name) => isOf(name, alias)));
  if (hidden.length === 0) return [];
  const read = (await tablesIn(connection, relation)).map(([first]) => first?.toLowerCase());
  const text = (relation.query ?? '').toLowerCase();
  return hidden
    .filter(({ alias }) => read.includes(alias.toLowerCase()) || text.includes(`'${alias.toLowerCase()}'`))
    .map(({ place }) => placeShown(place));
}

/** What stands after FROM anywhere in a query that DuckDB has parsed, but for the names in `made`. */
function namesIn(value: unknown, made: ReadonlySet<string>, database: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((one) => namesIn(one, made, database));
  if (typeof value !== 'object' || value === null) return [];
  const { cte_map: ctes, ...node } = value as Node & { readonly cte_map?: { readonly map?: readonly Cte[] } };
  const names: string[] = [];
  let known = made;
  for (const { key, value: cte } of ctes?.map ?? []) {
    // A CTE may have the name of the table that it reads, unless it is recursive.
    const within = cte.query?.node?.type === 'RECURSIVE_CTE_NODE' ? new Set([...known, key.toLowerCase()]) : known;
    names.push(...namesIn(cte, within, database));
    known = new Set([...known, key.toLowerCase()]);
  }
  if (node['type'] === 'BASE_TABLE') {
    const isMade = node['schema_name'] === '' && known.has(String(node['table_name']).toLowerCase());
    if (!isMade) names.push(tableIn(node, database));
  }
  if (node['type'] === 'TABLE_FUNCTION') names.push(...filesIn(node['function'] as Node));
  return [...names, ...Object.values(node).flatMap((one) => namesIn(one, known, database))];
}

interface Cte {
  readonly key: string;
  readonly value: { readonly query?: { readonly node?: { readonly type?: string } } };
}

function tableIn({ catalog_name, schema_name, table_name }: Node, database: string): string {
  const [catalog, schema, table] = [catalog_name, schema_name, table_name].map(String);
  // `FROM 'file.parquet'` is a table to the parser.
  if (schema === '' && /[./]/.test(table!)) return placeOf(table!);
  const names = [catalog, schema, table].map((part) => timeless(part!.toLowerCase()));
  const isOwn = names[0] === '' || names[0] === timeless(database);
  return [isOwn ? '' : names[0], isOwn && names[1] === 'main' ? '' : names[1], names[2]]
    .filter((part) => part)
    .join('.');
}

/** The files that a table function reads; of any other function the texts that it is given, but for passwords. */
function filesIn({ function_name, children }: Node): readonly string[] {
  const reads = /^read_|_scan$/.test(String(function_name));
  const texts = textsIn(children);
  if (reads)
    return texts.map((text) => (/[./]/.test(text) ? placeOf(withoutCredentials(text)) : withoutCredentials(text)));
  return texts.length > 0
    ? [`${String(function_name)}(${texts.map((text) => timeless(withoutCredentials(text))).join(', ')})`]
    : [];
}

/** The texts among the arguments of a function, and in lists of them; named arguments are options. */
function textsIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(textsIn);
  const node = value as Node;
  if (node['type'] === 'COMPARE_EQUAL') return [];
  if (node['type'] === 'VALUE_CONSTANT') {
    const { value: constant } = node['value'] as Node;
    return typeof constant === 'string' ? [constant] : [];
  }
  return Array.isArray(node['children']) ? textsIn(node['children']) : [];
}
