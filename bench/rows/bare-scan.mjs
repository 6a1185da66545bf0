// Reads columns of a table of PostgreSQL, and keeps nothing: node bare-scan.mjs '{"secret": …, "extensions": …, "columns": […], "table": …}'
import { DuckDBInstance } from '@duckdb/node-api';

const { secret, extensions, columns, table } = JSON.parse(process.argv[2]);
const settings = { memory_limit: '1GB', ...(extensions && { extension_directory: extensions }) };
const connection = await (await DuckDBInstance.create(':memory:', settings)).connect();
await connection.run(`load postgres_scanner; create secret pg (type postgres, ${secret})`);
await connection.run(`attach '' as wh (type postgres, secret pg, read_only)`);
await connection.run(`select sum(hash(${columns.join(', ')})) from ${table}`);
