/** By this line a folder is known as one of a demo. */
export const FIRST_LINE = '# Written by `destination-apollo demo`, which writes all of this folder again.\n';

/** The configuration of the demo. */
export const demoConfig = ({ url, folder }: { readonly url: string; readonly folder: string }): string =>
  `${FIRST_LINE}credentials: { auth_type: api_key, api_key: "\${APOLLO_API_KEY}" }
api_base_url: ${url}

source:
  type: duckdb
  database: ${folder}/warehouse.duckdb

streams:
  - name: accounts
    table: marts.accounts
    object: accounts
    primary_key: account_id
    mapping:
      - { to: name, from: company }
      - { to: domain, from: website }
      - { to: phone, from: phone }
  - name: contacts
    table: marts.contacts
    object: contacts
    primary_key: customer_id
    lists: [Warehouse sync]
    mapping:
      - { to: email, from: work_email }
      - { to: first_name, from: given_name }
      - { to: last_name, from: family_name }
      - { to: title, from: job_title }
      - { to: organization_name, from: company }
      - { to: mobile_phone, from: mobile }

rate_limits: { plan: organization }
rejects: { path: ${folder}/rejects.jsonl }
state: { type: duckdb, path: ${folder}/state.duckdb }
`;
