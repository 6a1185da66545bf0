import { ConfigFailure } from '../contract/failure.ts';
import type { SourceConfig } from '../contract/source-config.ts';
import type { Source, SourceOptions } from './source.ts';

/** Opens the source a configuration describes. Throws ConfigFailure (`invalid_source`) when there is none such. */
export async function openSource(config: SourceConfig, options: SourceOptions): Promise<Source> {
  // Each is loaded by those who read from it: Arrow alone is as large as all others together.
  if (config.type === 'duckdb') return (await import('./warehouse.ts')).openWarehouse(config, options);
  if (config.type === 'arrow') return (await import('./arrow/arrow.ts')).openArrow(config, options);
  if (config.type === 'clickhouse') return (await import('./query/clickhouse.ts')).openClickHouse(config, options);
  if (config.type === 'databricks') return (await import('./query/databricks.ts')).openDatabricks(config, options);
  const { type } = config as { type: unknown };
  throw new ConfigFailure(
    `source.type: ${JSON.stringify(type)} is not a source; expected duckdb, arrow, clickhouse or databricks`,
    { code: 'invalid_source' },
  );
}
