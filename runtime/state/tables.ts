/** A table of the state store: its columns and their types, in order. */
export type Columns = Readonly<Record<string, 'varchar' | 'ubigint' | 'bigint' | 'integer' | 'boolean' | 'timestamp'>>;

const FIRST = {
  stream: 'varchar',
  primary_key: 'varchar',
  destination_id: 'varchar',
  match_key: 'varchar',
  row_hash: 'ubigint',
  fingerprint: 'varchar',
  values: 'varchar',
  mapping_version: 'varchar',
  outcome: 'varchar',
  unfinished: 'boolean',
  code: 'varchar',
  message: 'varchar',
  attempts: 'integer',
  settled_at: 'timestamp',
  run_id: 'varchar',
  lists: 'varchar',
} as const satisfies Columns;

/** Between which times the destination has last confirmed what it holds of a record. */
const CONFIRMED = { confirmed_from: 'timestamp', confirmed_at: 'timestamp' } as const satisfies Columns;

/** What is known of each row; `records` and `journal` share these. */
export const RECORD = { ...FIRST, moved: 'boolean', ...CONFIRMED } as const satisfies Columns;

/** Every table, as the newest schema version has it. Plain types only: any client of DuckDB can read them. */
export const TABLES = {
  // Rows are appended by the places of columns: what was added later comes later.
  records: { ...FIRST, place: 'bigint', moved: 'boolean', ...CONFIRMED },
  journal: { seq: 'bigint', ...RECORD },
  intents: {
    stream: 'varchar',
    primary_key: 'varchar',
    fingerprint: 'varchar',
    creates: 'boolean',
    at: 'timestamp',
    run_id: 'varchar',
    fields: 'varchar',
    match_key: 'varchar',
  },
  outcomes: {
    stream: 'varchar',
    primary_key: 'varchar',
    run_id: 'varchar',
    outcome: 'varchar',
    code: 'varchar',
    message: 'varchar',
    at: 'timestamp',
    place: 'bigint',
  },
  streams: {
    stream: 'varchar',
    object: 'varchar',
    source: 'varchar',
    relations: 'varchar',
    key_column: 'varchar',
  },
  runs: {
    run_id: 'varchar',
    status: 'varchar',
    started_at: 'timestamp',
    finished_at: 'timestamp',
    retry_at: 'timestamp',
    read: 'bigint',
    created: 'bigint',
    updated: 'bigint',
    unchanged: 'bigint',
    skipped: 'bigint',
    superseded: 'bigint',
    rejected: 'bigint',
    deferred: 'bigint',
    calls: 'bigint',
    summary: 'varchar',
    place: 'bigint',
  },
  calls: {
    run_id: 'varchar',
    at: 'timestamp',
    endpoint: 'varchar',
    action: 'varchar',
    status: 'integer',
    ms: 'integer',
    attempt: 'integer',
    records: 'integer',
    fields: 'varchar',
  },
  rejects: {
    run_id: 'varchar',
    stream: 'varchar',
    primary_key: 'varchar',
    code: 'varchar',
    message: 'varchar',
    field: 'varchar',
    endpoint: 'varchar',
    http_status: 'integer',
    attempts: 'integer',
    retryable: 'boolean',
    record: 'varchar',
    at: 'timestamp',
    in_file: 'boolean',
    destination_id: 'varchar',
    place: 'bigint',
  },
  changes: {
    run_id: 'varchar',
    stream: 'varchar',
    primary_key: 'varchar',
    destination_id: 'varchar',
    field: 'varchar',
    before: 'varchar',
    after: 'varchar',
    at: 'timestamp',
    undone_by: 'varchar',
    place: 'bigint',
  },
  conflicts: {
    stream: 'varchar',
    primary_key: 'varchar',
    destination_id: 'varchar',
    evidence: 'varchar',
    match_key: 'varchar',
    at: 'timestamp',
    run_id: 'varchar',
    place: 'bigint',
  },
  decisions: {
    stream: 'varchar',
    primary_key: 'varchar',
    decision: 'varchar',
    destination_id: 'varchar',
    evidence: 'varchar',
    match_key: 'varchar',
    at: 'timestamp',
    run_id: 'varchar',
  },
  leases: {
    stream: 'varchar',
    run_id: 'varchar',
    holder: 'varchar',
    token: 'varchar',
    taken_at: 'timestamp',
    expires_at: 'timestamp',
  },
  windows: {
    action: 'varchar',
    window_name: 'varchar',
    limit_count: 'bigint',
    used_count: 'bigint',
    opened_at: 'timestamp',
    closes_at: 'timestamp',
    is_confirmed: 'boolean',
    paused_until: 'timestamp',
  },
  quota_windows: {
    account: 'varchar',
    action: 'varchar',
    window_name: 'varchar',
    limit_count: 'bigint',
    used_count: 'bigint',
    closes_at: 'timestamp',
    paused_until: 'timestamp',
  },
  inventory: {
    object: 'varchar',
    id: 'varchar',
    created_at: 'timestamp',
    updated_at: 'timestamp',
    shown: 'varchar',
    values: 'varchar',
    pass: 'bigint',
    seen_at: 'timestamp',
    changed_at: 'timestamp',
    missing_since: 'timestamp',
  },
  inventory_keys: { object: 'varchar', key: 'varchar', id: 'varchar', is_match_key: 'boolean' },
  protected_fields: { stream: 'varchar', primary_key: 'varchar', field: 'varchar', destination_id: 'varchar' },
  inventories: {
    object: 'varchar',
    pass: 'bigint',
    cursor: 'varchar',
    total: 'bigint',
    began_at: 'timestamp',
    read_at: 'timestamp',
    complete: 'boolean',
  },
} as const satisfies Record<string, Columns>;

export type TableName = keyof typeof TABLES;

/** One row of a table, as JavaScript has it; times are milliseconds since the epoch. */
export type TableRow<T extends TableName> = {
  readonly [C in keyof (typeof TABLES)[T]]: ValueOf<(typeof TABLES)[T][C]> | null;
};

type ValueOf<T> = T extends 'varchar' ? string : T extends 'boolean' ? boolean : T extends 'ubigint' ? bigint : number;
