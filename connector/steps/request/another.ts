import type { Answer } from '../../../runtime/contract/writer.ts';
import { addressInApp } from '../../record/address-in-app.ts';
import type { ApolloRecord } from '../../record/apollo-record.ts';
import type { Target } from '../../record/target.ts';

/** An update of one record that is answered with another one: somebody has merged the first into the second. */
interface Answered {
  /** The id that was asked for. */
  readonly id: string;
  /** The id of the record that Apollo's answer shows. */
  readonly shown: string;
  readonly endpoint: string;
}

/** What an answer about somebody else's record says of the one that was asked for. What was sent stands in the other one. */
export const another = ({ object }: Target, { id, shown, endpoint }: Answered): Answer<ApolloRecord> => ({
  status: 'rejected',
  rejection: {
    code: 'not_acknowledged',
    message:
      `Apollo answered an update of the ${object.singular} ${addressInApp(object, id)} with another one, ` +
      `${addressInApp(object, shown)}, as after a merge: what was sent stands there. Run again; where the row names its ` +
      `${object.singular} by id, correct that.`,
    endpoint,
    httpStatus: 200,
    attempts: 1,
    retryable: true,
  },
  overwrote: shown,
});
