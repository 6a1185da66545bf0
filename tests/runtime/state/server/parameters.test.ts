import { expect, test } from 'vitest';
import { parametersOf } from '../../../../runtime/state/server/parameters.ts';

test.each([
  'postgres://keeper:p%40ss@db.example:5433/analytics?sslmode=require',
  'postgres://db.example:5433/analytics?user=keeper&password=p%40ss&sslmode=require',
  'postgres:///analytics?host=db.example&user=keeper&password=p%40ss&sslmode=require',
])('an address says who comes wherever libpq lets it: %s', (url) => {
  const { host, database, user, password, more } = parametersOf({ url, schema: 's' });
  expect({ host, database, user, password, more }).toEqual({
    host: 'db.example',
    database: 'analytics',
    user: 'keeper',
    password: 'p@ss',
    more: { sslmode: 'require' },
  });
});
