// What servers say that quotes names at most, never a value of a row. PostgreSQL's own words (src/backend), as of 15.
const known: readonly RegExp[] = [
  /^permission denied for [a-z ]+ "?[\w.$-]+"?$/i,
  /^must be owner of [a-z ]+ "?[\w.$-]+"?$/i,
  /^(relation|column|role|database|schema|type|table|view|extension|parameter) "?[^"\n]*"?( of relation "[^"\n]*")? does not exist$/i,
  /^terminating connection due to [a-z -]+$/i,
  /^canceling (statement|authentication) due to [a-z -]+$/i,
  /^(division by zero|out of memory|deadlock detected|out of shared memory)$/i,
  /^(smallint|integer|bigint|"?numeric"?|date|timestamp|interval|value)( field)? (out of range|overflow).*$/i,
  /^numeric field overflow$/i,
  /^(password|\w+) authentication failed for user "[^"\n]*"$/i,
  /^no pg_hba\.conf entry for .*$/i,
  /^the database system is [a-z ]+$/i,
  /^(sorry, )?(too many (clients|connections)[a-z ]*|remaining connection slots [a-z ()_,-]+)$/i,
  /^cannot execute [A-Z ]+ in a read-only transaction$/i,
  /^could not serialize access due to [a-z ]+$/i,
  /^server closed the connection unexpectedly.*$/i,
  /^SSL .*$/,
  /^(could not obtain lock on relation) "[^"\n]*"$/i,
  /^unsupported startup parameter[\w :"]*$/i,
];

// Before a quote that holds a value.
const opening: readonly RegExp[] = [
  /^(invalid input syntax for type [\w ]+): "/i,
  /^(invalid input value for enum [\w. "]+): "/i,
  /^(date\/time field value out of range): "/i,
  /^value ("[\s\S]*" )(is out of range for type \w+)$/i,
];

const advice: readonly (readonly [RegExp, string])[] = [
  [/permission denied/i, 'Grant the user SELECT on it, or map other columns: only mapped columns are read'],
  [
    /lock timeout/i,
    "Another session holds a lock on the table, a migration for one. Run again once it is done; options='-c lock_timeout=10min' in the path of the database waits longer",
  ],
  [
    /conflict with recovery/i,
    'It is a replica, which removed what the query could still see. Run again; max_standby_streaming_delay of the replica has it wait longer, hot_standby_feedback has its primary keep the rows',
  ],
  [/statement timeout/i, "The user's statement_timeout ended the query; raise it for this user, or read less"],
  [
    /^(relation|column) .* does not exist$/i,
    'It was changed while this run went on, by a migration for one. Run again: what is missing then is named before anything is read',
  ],
  [/authentication failed/i, 'Check user and password of the secret'],
];

/** The database's own words, without statement and values, and what to do; undefined where a message is not of a server. */
export function remoteMessage(message: string): string | undefined {
  const found = /(?:ERROR|FATAL|PANIC): {2}([\s\S]*)$/.exec(message)?.[1];
  if (found === undefined) return undefined;
  const said = (found.split('\n', 1)[0] ?? '').trim();
  const shown = known.some((one) => one.test(said)) ? said : valueLess(said);
  const what = advice.find(([is]) => is.test(said))?.[1];
  return `the database says: ${shown}${what === undefined ? '' : `. ${what}`}`;
}

function valueLess(said: string): string {
  const [, before, after] = opening.map((one) => one.exec(said)).find((match) => match !== null) ?? [];
  if (before === undefined) return 'an error whose words may quote a row and are not shown; its log has them';
  return before.startsWith('"') ? `a value ${after ?? ''}`.trim() : `${before} (not shown)`;
}

/** Why a database cannot be reached or entered. No row has been read by then. */
export const remoteReason = (message: string): string =>
  message
    .replace(/^[\w ]+ Error: /, '')
    .replace(/\s*\n[\s\S]*$/, '')
    .replace(/^Unable to connect to Postgres at "[\s\S]*?": /, '')
    .trim();
