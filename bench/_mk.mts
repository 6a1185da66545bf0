import { DuckDBInstance } from '@duckdb/node-api';
const i = await DuckDBInstance.create('/tmp/st/c/warehouse.duckdb', { memory_limit: '1GB' }); const c = await i.connect();
await c.run(`create table same as select 'cust_' || i as customer_id, 'user' || i || '@company' || (i % 50000) || '.example' as email,
    'First' || (i % 5000) as first_name, 'Last' || (i % 7919) as last_name,
    'Vice President of ' || (i % 100) as title, 'Company ' || (i % 50000) as organization_name
  from range(3000000) as r(i)`);
c.closeSync(); i.closeSync();
