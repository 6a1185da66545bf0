import { expect, test } from 'vitest';
import { problemText } from '../../../runtime/config/problems.ts';
import { serverProblems } from '../../../runtime/config/server-problems.ts';

const url = 'postgres://sync@db.example.com/analytics';

test.each([
  [{ type: 'duckdb', path: 'state.duckdb' }, []],
  [{ type: 'postgres', url }, []],
  [{ type: 'postgres' }, ['state: says no server; expected url, or host with database, user and password']],
  [{ type: 'postgres', url: 'db' }, ['state.url: expected postgres://user:password@host:port/database']],
  [
    { type: 'postgres', url, user: 'sync' },
    ['state.user: is not allowed beside url, which says it; expected one of them'],
  ],
  [{ type: 'ducklake', path: 'state.ducklake' }, []],
  [{ type: 'ducklake', url, data_path: 's3://bucket/state/' }, []],
  [{ type: 'ducklake' }, ['state: says no catalogue; expected path, a file, or url or host of a PostgreSQL']],
  [
    { type: 'ducklake', path: 'state.ducklake', host: 'db' },
    ['state.host: is not allowed beside path: the catalogue is in that file; expected one of them'],
  ],
  [
    { type: 'ducklake', host: 'db' },
    ['state.data_path: is missing; expected a folder, or an address such as s3://bucket/folder/'],
  ],
])('%j', (state, problems) => {
  expect(serverProblems(state).map(problemText)).toEqual(problems);
});
