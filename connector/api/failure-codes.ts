import { type CodeEntry, config, record, transient } from '../../runtime/contract/code-entry.ts';

/** What codes mean of Apollo, beside those of any destination; the first of two entries for a code is this one. */
export const APOLLO_CODES = {
  unauthorized: config(
    'Apollo refused the API key or the token (401)',
    'Check `credentials`, and that `APOLLO_API_KEY` is the key you mean. Keys are made in Apollo under *Settings > Integrations > API*. OAuth tokens last about 30 days',
  ),
  missing_scope: config(
    'the key may not call an endpoint (403)',
    'Make a key with the scopes in the message, or a master key. `check` names all that are missing at once',
  ),
  plan_too_low: config(
    'the plan of the workspace lacks the endpoint (402, 403, 429)',
    'On the free plan users cannot be listed: map owners by id, not by e-mail',
  ),
  forbidden: config(
    'the acting user may not do this (403)',
    'A key acts as the longest-standing active admin. Ask an admin for the permission. HTML in the message means that a firewall answered, not Apollo',
  ),
  wrong_address: config(
    'nothing is there (404, 405, a redirect)',
    '`api_base_url` should be `https://api.apollo.io/api/v1`',
  ),
  workspace_refused: config(
    'a [probe](probe.md) was to write to a workspace that does not look like one for tests, or names a stage that it lacks',
    'Take a key of a workspace for tests; or say `--on-live-workspace` if it is one',
  ),
  invalid_facts: config(
    '`apollo_facts` does not name the file of a [probe](probe.md)',
    'Name the file that `probe --yes` has written, or leave the key out',
  ),
  apollo_facts: config(
    'a notice: the run goes by the file of a [probe](probe.md)',
    'Nothing has failed. The message says what it takes from the file',
  ),
  journal_of_another: config(
    'beside the result of a [probe](probe.md) lies the journal of one with another workspace, address, domain or mark',
    'Name another file with `--out`, or take the journal away',
  ),
  field_refused: config(
    'Apollo refused to make a [custom field](custom-fields.md)',
    'The message has its reason. Make the field in Apollo, or map another one',
  ),
  option_refused: config(
    'Apollo refused to add options to a picklist',
    'Add them in Apollo, or leave out `create_options`',
  ),
  too_many_options: config(
    'the rows have more than 100 values that a picklist has no option for',
    'Map another column, or write a text field',
  ),
  field_unconfirmed: transient(
    'a custom field or an option was asked for, and Apollo does not show it',
    'Run again in a few minutes: a run looks before it asks',
  ),
  quota_exhausted: transient(
    'the requests of a window are used up, or Apollo answered 429',
    'Run again at `retry_at`. See [rate limits](rate-limits.md)',
  ),
  plan_limit: transient(
    '"You have reached the maximum number of contacts for your plan", or its like: there is no room for new records',
    'Remove records in Apollo or take a larger plan. Updates of existing records go on meanwhile',
  ),
  apollo_unavailable: transient(
    'no answer, 408, 423, 425, 451, 499, 5xx, one that cannot be understood or mentions none of its records, a 4xx without Apollo\'s JSON, or "Request timed out", after all retries; or the same refusal for three whole batches',
    'Run again later. Where it persists: does a firewall, proxy or load balancer let this host through?',
  ),
  decision_stale: record(
    'a [decision](decisions-about-rows.md) is about a record that has changed, is gone, is taken by another row, or is another one',
    'Look at the record. Then `forget --decision`, so that the next run takes the decision for what it has found, or correct the row',
  ),
  account_missing: transient(
    'no run knows an account of the domain that a contact names ([accounts of contacts](accounts-of-contacts.md))',
    'Have a stream of accounts write it, or say `create: true`. `explain --show-values` names the domain',
  ),
  free_mail_domain: record(
    'counted, not rejected: the domain of a contact is one of free mail, so that it names no account',
    'Nothing, if that is so; the contact is written without an account',
  ),
  apollo_rejected: record(
    'Apollo refused the record (422, 413 or another 4xx); its text is in the message, the field where it names one',
    'Correct the row. It is not sent again until it changes',
  ),
  record_deleted: record(
    'the Apollo id is of a record that was deleted or never existed',
    'Remove the id, so that the row is matched again, or remove the row',
  ),
  match_conflict: record(
    'Apollo matched a record with another e-mail or domain',
    'Apollo also matches by name and company. Correct the row, [decide](decisions-about-rows.md) whether it is the same person, or for accounts set `on_match_conflict: create`',
  ),
  missing_apollo_id: record(
    'mode `update` needs the id of the record, and the row has none',
    'Fill the column of `apollo_id`, or use mode `upsert`',
  ),
} as const satisfies Readonly<Record<string, CodeEntry>>;
