import type { Call } from '../calls/call.ts';
import { ok, type Reply } from '../calls/reply.ts';
import type { Stage } from '../store/records.ts';
import type { Store } from '../store/store.ts';

/** `GET /contact_stages` */
export function listContactStages({ store }: Call): Reply {
  return ok({
    contact_stages: [...store.contactStages.values()].map((stage) => ({
      ...stageShape(store, stage),
      ignore_trigger_override: stage.flag,
    })),
  });
}

/** `GET /account_stages` */
export function listAccountStages({ store }: Call): Reply {
  return ok({
    account_stages: [...store.accountStages.values()].map((stage) => ({
      ...stageShape(store, stage),
      default_exclude_for_leadgen: stage.flag,
    })),
  });
}

function stageShape(store: Store, { id, name, display_order, category }: Stage) {
  return { id, team_id: store.teamId, display_name: name, name, display_order, category, is_meeting_set: null };
}
