import type { Call } from '../calls/call.ts';
import { ok, type Reply } from '../calls/reply.ts';
import { iso } from '../contacts/contact-shape.ts';
import type { User } from '../store/records.ts';
import type { Store } from '../store/store.ts';

// `page` and `per_page` come back as strings, deleted users are included
// (docs.apollo.io/openapi/apollo-rest-api.json, GET /users/search sample, 2026-08-19).
/** `GET` and `POST /users/search` */
export function searchUsers(call: Call): Reply {
  const page = asked(call, 'page', 1);
  const perPage = Math.min(asked(call, 'per_page', 100), 100);
  const users = [...call.store.users.values()];
  return ok({
    pagination: {
      page: String(page),
      per_page: String(perPage),
      total_entries: users.length,
      total_pages: Math.ceil(users.length / perPage),
    },
    users: users.slice((page - 1) * perPage, page * perPage).map((user) => listedUser(call.store, user)),
  });
}

// Figures of the published sample; nothing the emulator serves costs credits.
const CREDITS = {
  num_credits_remaining: 9500,
  effective_num_lead_credits: 10000,
  num_lead_credits_used: 500,
  effective_num_direct_dial_credits: 1000,
  num_direct_dial_credits_used: 120,
  effective_num_export_credits: 5000,
  num_export_credits_used: 250,
  effective_num_ai_credits: 2000,
  num_ai_credits_used: 75,
  effective_num_power_up_credits: 1000,
  num_power_up_credits_used: 40,
  total_unified_credits_used: 910,
};

/** `GET /users/api_profile` */
export function showProfile(call: Call): Reply {
  const { id, first_name, last_name, title, email } = call.actor;
  const credits = call.query.get('include_credit_usage') === 'true' ? CREDITS : {};
  const team = call.quirks.profileTeamId === 'shown' ? { team_id: call.store.teamId } : {};
  return ok({ id, ...team, first_name, last_name, title, email, ...credits });
}

function asked(call: Call, name: string, otherwise: number): number {
  const value = Number(call.query.get(name) ?? call.body[name] ?? otherwise);
  return Number.isInteger(value) && value > 0 ? value : otherwise;
}

function listedUser(store: Store, user: User) {
  return {
    id: user.id,
    team_id: store.teamId,
    first_name: user.first_name,
    last_name: user.last_name,
    title: user.title,
    email: user.email,
    created_at: iso(user.createdAtMs),
    deleted: user.deleted,
    name: `${user.first_name} ${user.last_name}`.trim(),
    salesforce_id: null,
    crm_email: null,
    current_email_verified: true,
    typed_custom_fields: null,
    subteam_ids: [],
  };
}
