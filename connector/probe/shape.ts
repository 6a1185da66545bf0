import { objectOf } from './evidence.ts';

/** What is left of an answer once its values are gone: a type, or the documented keys of an object. */
type Shape = string | readonly Shape[] | { readonly [key: string]: Shape };

// Of docs.apollo.io/openapi/apollo-rest-api.json, 2026-08-19. Any other key could be somebody's: a custom field, an id.
const DOCUMENTED = new Set(
  `account account_id account_stage_id account_stages accounts attempt breadcrumbs category code consumed contact
  contact_emails contact_id contact_ids contact_stage_id contact_stages contacts context country created_accounts created_at
  created_contacts creator_id crm_owner_id custom_field_errors city day dedupe_result deleted deleted_contact_ids display_name
  display_order domain email email_from_customer email_status email_true_status entity_ids entity_progress_job error
  error_code error_details error_message existence_level existing_accounts existing_contact_id existing_contacts field
  fields first_name found_existing free_domain has_join healthy hour id is_logged_in job_type key label label_ids labels
  last_name left_over limit linkedin_url match_reason message meta minute modality name num_fetch_result organization_id
  organization_name owner_id page pagination partial_results_limit partial_results_only per_page person_id phone
  phone_numbers picklist_values position present_raw_address progress raw_address raw_number sanitized_number
  sanitized_phone skip_alert_dialog source state status suggestions team_id text_field_max_length time_zone title
  total_entries total_pages type typed_custom_fields updated_at user_id users website_url cached_count domain_status
  skip_alert_dialog`.split(/\s+/),
);

/** Under these, keys are ids of a workspace. */
const BY_ID = new Set(['typed_custom_fields', 'custom_field_errors', 'context', 'params']);

const DEEPEST = 6;

/** The documented keys of an answer and the types of their values; of any other key only that there are some. */
export function shapeOf(value: unknown, depth = 0): Shape {
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    const kinds = new Map(value.slice(0, 100).map((entry) => [JSON.stringify(shapeOf(entry, depth + 1)), entry]));
    return [...kinds.keys()].toSorted().map((kind) => JSON.parse(kind) as Shape);
  }
  const object = objectOf(value);
  if (object === undefined) return typeof value;
  if (depth > DEEPEST) return 'object';
  const known = Object.keys(object).filter((key) => DOCUMENTED.has(key));
  const shape = known.map((key) => [key, BY_ID.has(key) ? kindOf(object[key]) : shapeOf(object[key], depth + 1)]);
  const others = Object.keys(object).length - known.length;
  return Object.fromEntries([...shape, ...(others > 0 ? [['…', `${others} more`]] : [])]) as Shape;
}

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
