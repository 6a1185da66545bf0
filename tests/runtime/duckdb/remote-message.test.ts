import { expect, test } from 'vitest';
import { messageWithoutValues } from '../../../runtime/duckdb/message-without-values.ts';

const copy = `Invalid Error: Failed to prepare COPY "COPY (SELECT "email" FROM "t" WHERE "email" = 'Canary') TO STDOUT": ERROR:  `;
const fetch = 'IO Error: Failed to fetch header for COPY: ERROR:  ';

test.each([
  [`${copy}permission denied for table people\n`, 'permission denied for table people', 'Grant the user SELECT'],
  [`${copy}canceling statement due to lock timeout\n`, 'canceling statement due to lock timeout', 'lock_timeout=10min'],
  [
    `${copy}canceling statement due to conflict with recovery\nDETAIL:  User query might have needed to see row versions that must be removed.`,
    'canceling statement due to conflict with recovery',
    'hot_standby_feedback',
  ],
  [
    'IO Error: Failed to fetch header for COPY: FATAL:  terminating connection due to administrator command\n',
    'terminating connection due to administrator command',
  ],
  [`${fetch}division by zero\n`, 'division by zero'],
  [`${fetch}relation "marts.people" does not exist\nLINE 1: Canary`, 'relation "marts.people" does not exist'],
  [`${fetch}invalid input syntax for type integer: "Canary"`, 'invalid input syntax for type integer (not shown)'],
  [`${fetch}invalid input value for enum marts.tier: "Canary"`, 'invalid input value for enum marts.tier (not shown)'],
  [`${fetch}value "Canary" is out of range for type integer`, 'a value is out of range for type integer'],
  [`${fetch}could not parse Canary`, 'may quote a row'],
  [`${fetch}duplicate thing\nDETAIL:  Key (email)=(Canary) exists.`, 'may quote a row'],
])('a server that says %j is quoted without statement and values', (message, ...expected) => {
  const shown = messageWithoutValues(new Error(message));
  for (const part of expected) expect(shown).toContain(part);
  expect(shown).not.toContain('Canary');
  expect(shown).not.toContain('COPY');
});
