import type { CodeEntry } from '../contract/code-entry.ts';

/** The codes of failures, by their names; a destination has its own beside them. The page of errors is made from it. */
export const FAILURE_CODES = {
  invalid_usage: {
    kind: 'config',
    says: 'the command line is wrong',
    todo: 'See the usage that is printed with it, or `--help`',
  },
  invalid_config: {
    kind: 'config',
    says: 'a configuration that is not there, cannot be read, or says something that is not possible',
    todo: 'The message names the file, and each key in question',
  },
  invalid_mapping: {
    kind: 'config',
    says: 'the mapping does not fit the columns of the source, or a field is not known or not to be written',
    todo: 'Correct `mapping`; the message names the key, and what was probably meant',
  },
  invalid_source: {
    kind: 'config',
    says: 'the source is not there, or cannot be read as what it was said to be',
    todo: 'Correct `source`, or the table or query of the stream',
  },
  invalid_plan: {
    kind: 'config',
    says: 'the file of `--plan` is not a saved preview',
    todo: 'Save one with `preview --output json`',
  },
  plan_mismatch: {
    kind: 'config',
    says: 'the plan is of other streams than those of this run',
    todo: 'Make a preview of the same streams, with the same configuration',
  },
  guard_exceeded: {
    kind: 'config',
    says: 'the run would change more than `guards` allows; nothing was sent',
    todo: 'Look at the preview that is printed. Raise the guard, or correct the source',
  },
  too_many_removed: {
    kind: 'config',
    says: 'more rows are gone from the source than `max_removed_percent` takes for true; nothing was sent',
    todo: 'Is the source complete? If so, raise it for this run',
  },
  too_many_rekeyed: {
    kind: 'config',
    says: 'more rows have another match key under the same primary key than `max_rekeyed_percent` takes for true; nothing was sent',
    todo: 'Are primary keys given to other rows? If the change is meant, raise it for this run',
  },
  too_many_rejects: {
    kind: 'config',
    says: 'a larger share of rows was rejected than `rejects.fail_above_percent` allows, or every row was',
    todo: 'Correct the rows, or what rejects them all: `rejects` lists them',
  },
  invalid_catalog: {
    kind: 'config',
    says: 'the configured catalog of Airbyte cannot be read',
    todo: 'The message names the key',
  },
  unservable_stream: {
    kind: 'config',
    says: 'a stream of the catalog cannot be written as it is asked for, or an entry of `streams` fits none',
    todo: 'The message names the stream, and what was probably meant',
  },
  unknown_stream: {
    kind: 'config',
    says: 'no stream has that name',
    todo: 'The message names those that there are',
  },
  stream_name_taken: {
    kind: 'config',
    says: 'the state store holds something under the new name of a stream already',
    todo: 'Choose another name, or forget what stands under it: `forget --stream`',
  },
  stream_disabled: {
    kind: 'config',
    says: 'the stream that is named has `enabled: false`',
    todo: 'Say `--enable` to run it once, or set it to true',
  },
  unknown_code: {
    kind: 'config',
    says: 'no rejected row has or may have that code',
    todo: 'The message names what was probably meant, or the codes that there are',
  },
  unknown_run: { kind: 'config', says: 'no run, or more than one, has that id', todo: '`history` lists the runs' },
  run_id_taken: {
    kind: 'config',
    says: 'an earlier run has the id of `--run-id`',
    todo: 'Choose another one, or leave it out',
  },
  no_state: {
    kind: 'config',
    says: 'there is no state store where one is needed',
    todo: 'A first run makes it. `--state` names its file',
  },
  invalid_state: {
    kind: 'config',
    says: 'the file or the database is not a state store, or cannot be opened as one',
    todo: 'Check `state`',
  },
  state_unreachable: {
    kind: 'transient',
    says: 'the database that holds the state store cannot be reached, or not any more',
    todo: 'Run again once it can: what was confirmed is kept, and the rest is found out',
  },
  lease_lost: {
    kind: 'transient',
    says: 'the run was not heard of for a minute, and another one has taken a stream of it',
    todo: 'Nothing: that one goes on',
  },
  newer_state: {
    kind: 'config',
    says: 'a newer release has written the state store',
    todo: 'Use that release, or a newer one',
  },
  other_workspace: {
    kind: 'config',
    says: 'the state store belongs to another workspace',
    todo: 'Give each workspace a `state.path` of its own. After a move: `state adopt`',
  },
  other_source: {
    kind: 'config',
    says: 'the stream was read from another source until now',
    todo: 'Give it another name. If the rows are the same ones: `state adopt --stream`',
  },
  other_object: {
    kind: 'config',
    says: 'the stream has written another object until now',
    todo: 'Give it another name, or forget it: `forget --stream`',
  },
  state_unwritable: {
    kind: 'config',
    says: 'the state store cannot be written, its disk is full for one',
    todo: 'Make room, or move it with `state.path`, and run again',
  },
  rejects_unwritable: {
    kind: 'config',
    says: 'the rejects file cannot be written',
    todo: 'Make room, or move it with `rejects.path`, and run again',
  },
  no_report: {
    kind: 'config',
    says: 'nothing is known of the run that a page is asked of',
    todo: '`history` lists the runs',
  },
  no_answer: {
    kind: 'config',
    says: '`init` has asked, and got no answer',
    todo: 'Give the option that the message names',
  },
  invalid_target: {
    kind: 'config',
    says: 'the file or folder of `--to` cannot be written',
    todo: 'Choose another one',
  },
  no_temporary_folder: {
    kind: 'config',
    says: 'nothing can be written to the folder for temporary files',
    todo: 'Set `TMPDIR`; in a container with a read-only root, mount a folder',
  },
  invalid_proxy: {
    kind: 'config',
    says: 'the proxy of the environment is not a URL (in quotes, with a path), or wants a password (407)',
    todo: 'Check `https_proxy`, `http_proxy` and `no_proxy`; `http://user:password@proxy:3128`',
  },
  untrusted_certificate: {
    kind: 'config',
    says: 'the certificate of the destination, or of the proxy, is not trusted',
    todo: 'Name the root certificate of your network in `NODE_EXTRA_CA_CERTS`; check the clock',
  },
  system_error: {
    kind: 'config',
    says: 'the operating system has refused a file or a folder',
    todo: 'The message names it',
  },
  quota_exhausted: { kind: 'transient', says: 'the requests of a window are used up', todo: 'Run again at `retry_at`' },
  run_stopped: { kind: 'transient', says: 'the run was stopped before the row was sent', todo: 'Run again' },
  run_limit: {
    kind: 'transient',
    says: 'a limit that you have set is reached: one of `limits`, a plan, or `--limit`. Or a record in the batch of the row was refused without a name, and the run has spent on such searches what it may',
    todo: 'Run again, or raise it',
  },
  source_unreadable: {
    kind: 'transient',
    says: 'the source began to be read, and could not be read to its end',
    todo: 'Run again; what was confirmed is kept',
  },
  state_in_use: {
    kind: 'transient',
    says: 'another run has the state store; nothing was sent (exit code 75)',
    todo: 'Run again when that has ended',
  },
  quota_nearly_spent: {
    kind: 'transient',
    says: 'a notice: an endpoint has used most of the requests that it has a day',
    todo: 'Nothing has failed yet. What is left over is deferred to the next day',
  },
  timed_out: { kind: 'transient', says: 'no whole answer came in time', todo: 'Run again later' },
  unreachable: {
    kind: 'transient',
    says: 'no answer came at all',
    todo: 'Run again later; is there a proxy or a firewall?',
  },
  defect: {
    kind: 'transient',
    says: 'a defect of this program; a trace of it is printed',
    todo: 'Please report it, with the trace. What was confirmed is kept',
  },
  invalid_email: {
    kind: 'record',
    says: 'not one e-mail address',
    todo: 'correct the address in the source, or null it where the field is optional',
  },
  invalid_phone: {
    kind: 'record',
    says: 'not a phone number',
    todo: 'write it with its country code, +49 …, or null it',
  },
  invalid_domain: { kind: 'record', says: 'not a domain', todo: 'write the bare domain, example.com' },
  invalid_url: { kind: 'record', says: 'not a web address', todo: 'write the whole address, https://…' },
  invalid_value: {
    kind: 'record',
    says: 'not of the type, length or form of the field',
    todo: 'change the column to the type that the message names, or cast it in a query',
  },
  invalid_decisions: {
    kind: 'config',
    says: 'the file of `decisions` cannot be read, or lacks a column',
    todo: 'Write CSV with a header: the column of the primary key, and `decision`',
  },
  unknown_decision: {
    kind: 'config',
    says: 'a decision is none of the words that there are',
    todo: 'Correct the word in the line or the row that the message names, or leave it empty',
  },
  unknown_row: {
    kind: 'config',
    says: 'a decision names a row that the source does not have',
    todo: 'Correct its key, or take the line out',
  },
  two_decisions: {
    kind: 'config',
    says: 'one row is decided in two ways',
    todo: 'Leave one of the two',
  },
  decisions_need_state: {
    kind: 'config',
    says: 'a decision answers a rejection, and the configuration keeps no state store',
    todo: 'Keep one (`state.type: duckdb`), or decide what happens to existing records alone',
  },
  unknown_option: {
    kind: 'record',
    says: 'the picklist, the stages or the owners have no such option',
    todo: 'add the option to the field at the destination, or map the value to one that exists',
  },
  missing_required_field: {
    kind: 'record',
    says: 'a field without which no record can be made or found is empty',
    todo: 'fill the column in the source, or map another one',
  },
  missing_primary_key: {
    kind: 'record',
    says: 'the column that names the row is empty',
    todo: 'fill the column in the source, or map another one',
  },
  match_conflict: {
    kind: 'record',
    says: 'the destination matched a record with another match key',
    todo: 'merge the two records by hand, or correct the key of the row',
  },
  not_acknowledged: {
    kind: 'record',
    says: 'the answer left the row out, and again when it was sent alone',
    todo: 'run again with --full; ask support if it comes back',
  },
  record_deleted: {
    kind: 'record',
    says: 'the record was deleted or never existed',
    todo: 'run again with --full to create it again',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
