import type { Dependencies } from '../contract/destination.ts';
import type { TransportEvent } from './transport.ts';

/** What a transport says, as those around a run hear it: requests are watched, waits are worth a notice. */
export function transportNotices({
  notice,
  watch,
}: Pick<Dependencies, 'notice' | 'watch'>): (event: TransportEvent) => void {
  return (event) => {
    if (event.type === 'call') {
      watch?.(event.call);
      return;
    }
    if (event.type === 'nearly-spent') {
      const { endpoint, window, used, limit } = event;
      const message = `${endpoint} has used ${used} of the ${limit} requests that it has a ${window}.`;
      notice({ type: 'warning', message, code: 'quota_nearly_spent' });
      return;
    }
    const until = new Date(event.untilMs).toISOString();
    notice({
      type: 'waiting',
      message: `${event.endpoint} waits until ${until} (${event.reason}).`,
      untilMs: event.untilMs,
      isRateLimit: event.isRateLimit,
    });
  };
}
