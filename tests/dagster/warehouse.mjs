// Makes the warehouse of the Dagster tests at the path given: 40 accounts, 300 contacts, two of them with an address that
// is none.
import { DuckDBInstance } from '@duckdb/node-api';

const database = await DuckDBInstance.create(process.argv[2]);
const connection = await database.connect();
await connection.run('create schema marts');
await connection.run(`create table marts.accounts as
  select i as account_id, 'Company ' || i as company, 'c' || i || '.example.com' as website from range(40) t(i)`);
await connection.run(`create table marts.contacts as
  select i as customer_id, 'First' || i as given_name, 'Title ' || i as job_title,
    case when i < 2 then 'no address ' || i else 'p' || i || '@example.com' end as work_email
  from range(300) t(i)`);
connection.closeSync();
database.closeSync();
