import { type CodeEntry, config, record, transient } from '../contract/code-entry.ts';

/** The codes of failures, by their names; a destination has its own beside them. The page of errors is made from it. */
export const FAILURE_CODES = {
  invalid_usage: config('the command line is wrong', 'See the usage that is printed with it, or `--help`'),
  invalid_config: config(
    'a configuration that is not there, cannot be read, or says something that is not possible',
    'The message names the file, and each key in question',
  ),
  invalid_mapping: config(
    'the mapping does not fit the columns of the source, or a field is not known or not to be written',
    'Correct `mapping`; the message names the key, and what was probably meant',
  ),
  invalid_source: config(
    'the source is not there, or cannot be read as what it was said to be',
    'Correct `source`, or the table or query of the stream',
  ),
  invalid_plan: config('the file of `--plan` is not a saved preview', 'Save one with `preview --output json`'),
  plan_mismatch: config(
    'the plan is of other streams than those of this run',
    'Make a preview of the same streams, with the same configuration',
  ),
  guard_exceeded: config(
    'the run would change more than `guards` allows; nothing was sent',
    'Look at the preview that is printed. Raise the guard, or correct the source',
  ),
  too_many_removed: config(
    'more rows are gone from the source than `max_removed_percent` takes for true; nothing was sent',
    'Is the source complete? If so, raise it for this run',
  ),
  too_many_rekeyed: config(
    'more rows have another match key under the same primary key than `max_rekeyed_percent` takes for true; nothing was sent',
    'Are primary keys given to other rows? If the change is meant, raise it for this run',
  ),
  too_many_rejects: config(
    'a larger share of rows was rejected than `rejects.fail_above_percent` allows, or every row was',
    'Correct the rows, or what rejects them all: `rejects` lists them',
  ),
  invalid_catalog: config('the configured catalog of Airbyte cannot be read', 'The message names the key'),
  invalid_input: config(
    "a line that `write` has read is not a message of Airbyte's protocol, or is a record of a stream that the catalog lacks",
    'Correct what sends it; the message names the line. What came before it is delivered',
  ),
  unservable_stream: config(
    'a stream of the catalog cannot be written as it is asked for, or an entry of `streams` fits none',
    'The message names the stream, and what was probably meant',
  ),
  unknown_stream: config('no stream has that name', 'The message names those that there are'),
  stream_name_taken: config(
    'the state store holds something under the new name of a stream already',
    'Choose another name, or forget what stands under it: `forget --stream`',
  ),
  stream_disabled: config(
    'the stream that is named has `enabled: false`',
    'Say `--enable` to run it once, or set it to true',
  ),
  unknown_code: config(
    'no rejected row has or may have that code',
    'The message names what was probably meant, or the codes that there are',
  ),
  unknown_run: config('no run, or more than one, has that id', '`history` lists the runs'),
  run_id_taken: config('an earlier run has the id of `--run-id`', 'Choose another one, or leave it out'),
  no_state: config('there is no state store where one is needed', 'A first run makes it. `--state` names its file'),
  invalid_state: config('the file or the database is not a state store, or cannot be opened as one', 'Check `state`'),
  state_unreachable: transient(
    'the database that holds the state store cannot be reached, or not any more',
    'Run again once it can: what was confirmed is kept, and the rest is found out',
  ),
  lease_lost: transient(
    'the run was not heard of for a minute, and another one has taken a stream of it',
    'Nothing: that one goes on',
  ),
  newer_state: config('a newer release has written the state store', 'Use that release, or a newer one'),
  other_workspace: config(
    'the state store belongs to another workspace',
    'Give each workspace a `state.path` of its own. After a move: `state adopt`',
  ),
  other_source: config(
    'the stream was read from another source until now',
    'Give it another name. If the rows are the same ones: `state adopt --stream`',
  ),
  other_object: config(
    'the stream has written another object until now',
    'Give it another name, or forget it: `forget --stream`',
  ),
  state_unwritable: config(
    'the state store cannot be written: its disk is full, or that of its server, or DuckDB has too little memory',
    'Make room, move it with `state.path`, or raise `source.memory_limit`, and run again',
  ),
  output_unwritable: config(
    'the standard output cannot be written, so that what stands there is cut off: its disk is full',
    'Make room, and run the command again',
  ),
  rejects_unwritable: config(
    'the rejects file cannot be written',
    'Make room, or move it with `rejects.path`, and run again',
  ),
  no_report: config('nothing is known of the run that a page is asked of', '`history` lists the runs'),
  no_answer: config('`init` has asked, and got no answer', 'Give the option that the message names'),
  invalid_target: config('the file or folder of `--to` cannot be written', 'Choose another one'),
  no_temporary_folder: config(
    'nothing can be written to the folder for temporary files',
    'Set `TMPDIR`; in a container with a read-only root, mount a folder',
  ),
  invalid_proxy: config(
    'the proxy of the environment is not a URL (in quotes, with a path), or wants a password (407)',
    'Check `https_proxy`, `http_proxy` and `no_proxy`; `http://user:password@proxy:3128`',
  ),
  untrusted_certificate: config(
    'the certificate of the destination, or of the proxy, is not trusted',
    'Name the root certificate of your network in `NODE_EXTRA_CA_CERTS`; check the clock',
  ),
  system_error: config('the operating system has refused a file or a folder', 'The message names it'),
  quota_exhausted: transient('the requests of a window are used up', 'Run again at `retry_at`'),
  run_stopped: transient('the run was stopped before the row was sent', 'Run again'),
  run_limit: transient(
    'a limit that you have set is reached: one of `limits`, a plan, or `--limit`. Or a record in the batch of the row was refused without a name, and the run has spent on such searches what it may',
    'Run again, or raise it',
  ),
  source_unreadable: transient(
    'the source began to be read, and could not be read to its end',
    'Run again; what was confirmed is kept',
  ),
  state_in_use: transient(
    'another run has the state store; nothing was sent (exit code 75)',
    'Run again when that has ended',
  ),
  quota_nearly_spent: transient(
    'a notice: an endpoint has used most of the requests that it has a day',
    'Nothing has failed yet. What is left over is deferred to the next day',
  ),
  timed_out: transient('no whole answer came in time', 'Run again later'),
  unreachable: transient('no answer came at all', 'Run again later; is there a proxy or a firewall?'),
  defect: transient(
    'a defect of this program; a trace of it is printed',
    'Please report it, with the trace. What was confirmed is kept',
  ),
  invalid_email: record(
    'not one e-mail address',
    'correct the address in the source, or null it where the field is optional',
  ),
  invalid_phone: record('not a phone number', 'write it with its country code, +49 …, or null it'),
  invalid_domain: record('not a domain', 'write the bare domain, example.com'),
  invalid_url: record('not a web address', 'write the whole address, https://…'),
  invalid_value: record(
    'not of the type, length or form of the field',
    'change the column to the type that the message names, or cast it in a query',
  ),
  invalid_decisions: config(
    'the file of `decisions` cannot be read, or lacks a column',
    'Write CSV with a header: the column of the primary key, and `decision`',
  ),
  unknown_decision: config(
    'a decision is none of the words that there are',
    'Correct the word in the line or the row that the message names, or leave it empty',
  ),
  unknown_row: config('a decision names a row that the source does not have', 'Correct its key, or take the line out'),
  two_decisions: config('one row is decided in two ways', 'Leave one of the two'),
  decisions_need_state: config(
    'a decision answers a rejection, and the configuration keeps no state store',
    'Keep one (`state.type: duckdb`), or decide what happens to existing records alone',
  ),
  unknown_option: record(
    'the picklist, the stages or the owners have no such option',
    'add the option to the field at the destination, or map the value to one that exists',
  ),
  missing_required_field: record(
    'a field without which no record can be made or found is empty',
    'fill the column in the source, or map another one',
  ),
  missing_primary_key: record(
    'the column that names the row is empty, or holds the character U+0000',
    'fill the column in the source, or map another one',
  ),
  match_conflict: record(
    'the destination matched a record with another match key',
    'merge the two records by hand, or correct the key of the row',
  ),
  not_acknowledged: record(
    'the answer left the row out, and again when it was sent alone, or showed another record',
    'run again with --full; ask support if it comes back',
  ),
  record_deleted: record('the record was deleted or never existed', 'run again with --full to create it again'),
} as const satisfies Readonly<Record<string, CodeEntry>>;
