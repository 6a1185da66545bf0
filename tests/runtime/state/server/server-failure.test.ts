import { expect, test } from 'vitest';
import { explainedServer } from '../../../../runtime/state/server/server-failure.ts';

const at = { schema: 'apollo_sync', host: 'db.example' };

test.each([
  ['could not extend file "base/5/16412": No space left on device', 'state_unwritable', 'Make room there'],
  ['could not write to file "base/pgsql_tmp/1": No space left on device', 'state_unwritable', 'Make room there'],
  ['canceling statement due to user request', 'state_unreachable', 'Run again'],
  ['deadlock detected', 'state_unreachable', 'run again'],
  ['could not serialize access due to concurrent update', 'lease_lost', 'sends nothing more'],
])('what is hard to make happen has a code: %s', (said, code, todo) => {
  const thrown = new Error(`Failed to execute query "UPDATE records SET title = 'secret'": ERROR:  ${said}`);
  const explained = explainedServer(thrown, at) as Error;
  expect(explained).toMatchObject({ code, delivery: 'not-delivered' });
  expect(explained.message).toContain(todo);
  expect(explained.message).not.toContain('secret');
});

test('a parameter that there is not is told as one, whatever others are called', () => {
  const said = `IO Error: Unable to connect to Postgres at "connect_timeout='10' foo='bar'": invalid connection option "foo"`;
  expect(explainedServer(new Error(said), at)).toMatchObject({
    code: 'invalid_state',
    message: expect.stringContaining('invalid connection option "foo". Check the parameters of state.url'),
  });
});

test('a schema whose name the server has cut off is told of', () => {
  const said = new Error(`schema "${'s'.repeat(70)}" does not exist`);
  expect(explainedServer(said, at)).toMatchObject({ code: 'invalid_state' });
});

test('an error that is not known stays as it is', () => {
  const thrown = new Error('something else');
  expect(explainedServer(thrown, at)).toBe(thrown);
});
