import type { Dependencies } from '../../runtime/contract/destination.ts';
import type { ClientEvent } from './transport.ts';

/** What the client says, as those around a run hear it: requests are watched, waits are worth a notice. */
export function clientListener({
  notice,
  watch,
}: {
  readonly notice: Dependencies['notice'];
  readonly watch?: Dependencies['watch'] | undefined;
}): (event: ClientEvent) => void {
  return (event) => {
    if (event.type === 'call') {
      watch?.(event.call);
      return;
    }
    if (event.type === 'nearly-spent') {
      const { endpoint, used, limit } = event;
      const message = `${endpoint} has used ${used} of the ${limit} requests that it has a day.`;
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
