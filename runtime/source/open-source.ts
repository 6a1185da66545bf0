import { ConfigFailure } from '../contract/failure.ts';
import type { SourceConfig } from '../contract/source-config.ts';
import { openClickHouse } from './query/clickhouse.ts';
import { openDatabricks } from './query/databricks.ts';
import type { Source, SourceOptions } from './source.ts';
import { openWarehouse } from './warehouse.ts';

/** Opens the source a configuration describes. Throws ConfigFailure (`invalid_source`) when there is none such. */
export async function openSource(config: SourceConfig, options: SourceOptions): Promise<Source> {
  if (config.type === 'duckdb') return openWarehouse(config, options);
  if (config.type === 'arrow') {
    // As large as all the others together.
    const { openArrow } = await import('./arrow/arrow.ts');
    return openArrow(config, options);
  }
  if (config.type === 'clickhouse') return openClickHouse(config, options);
  if (config.type === 'databricks') return openDatabricks(config, options);
  const { type } = config as { type: unknown };
  throw new ConfigFailure(
    `source.type: ${JSON.stringify(type)} is not a source; expected duckdb, arrow, clickhouse or databricks`,
    { code: 'invalid_source' },
  );
}
