import type { Attributes, User } from '../store/records.ts';
import type { Store } from '../store/store.ts';
import type { Quirks } from './quirks.ts';
import type { Random } from './random.ts';
import type { RecordTrouble } from './record-trouble.ts';

/** A request that was let through, with all that an endpoint may need to answer it. */
export interface Call {
  readonly action: string;
  /** The parts of the path that vary, such as `contact_id`. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Attributes;
  readonly store: Store;
  readonly quirks: Readonly<Quirks>;
  readonly random: Random;
  readonly nowMs: number;
  /** The user as whom the caller acts: default owner and creator. */
  readonly actor: User;
  /** The key came in the body, as before 2024: custom fields are then not written. */
  readonly customFieldsIgnored: boolean;
  /** What the trouble script wants done to single records of this request. */
  readonly trouble: RecordTrouble;
  /** What this team has used of its windows, by the names that usage statistics have for actions. */
  readonly usageStats: () => Readonly<Record<string, unknown>>;
}
