import { openSource } from '../source/open-source.ts';
import { unaskedOrigin } from './init-existing.ts';
import type { InitEnvironment, InitOptions } from './init-options.ts';
import { tablesOf } from './init-source.ts';

/** The tables and views of a source, as a stream names them, a line each. */
export async function initTables(options: InitOptions, environment: InitEnvironment): Promise<string> {
  const origin = await unaskedOrigin(options, environment);
  if (origin.source.type !== 'duckdb') return '';
  const source = await openSource(origin.opened ?? origin.source, environment.source);
  try {
    const tables = await tablesOf(source, environment.signal);
    return tables.map((table) => `${table}\n`).join('');
  } finally {
    await source.close();
  }
}
