import { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
const t0 = performance.now();
const p = DuckDBConnection.prototype as any;
for (const m of ['run', 'runAndReadAll', 'prepare']) { const o = p[m]; p[m] = async function (sql: string, ...a: unknown[]) { const t = performance.now(); try { return await o.call(this, sql, ...a); } finally { const d = performance.now() - t; console.log(Math.round(t - t0), m, d.toFixed(1), 'ms', String(sql).replace(/\s+/g, ' ').slice(0, 110)); } }; }
const q = DuckDBInstance.prototype as any; const oc = q.closeSync; q.closeSync = function () { const t = performance.now(); oc.call(this); console.log(Math.round(t - t0), 'closeSync', (performance.now() - t).toFixed(1)); };
process.env['BENCH_STATE'] = process.argv[2];
await import('./state.ts');
