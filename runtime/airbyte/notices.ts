import type { Notice } from '../contract/destination.ts';
import { Bell } from '../deliver/bell.ts';
import { Pulled } from './pulled.ts';

/** What arrives: what a connection tells, and that a wait is over. */
type Arrived = Notice | { readonly type: 'resumed' };

/** What a connection tells while someone waits for its answers: a letter box with one reader. */
export class Notices {
  #arrived: Arrived[] = [];
  /** Rung by what arrives, and by whatever else its reader waits for. */
  readonly bell = new Bell();

  readonly push = (notice: Arrived): void => {
    this.#arrived.push(notice);
    this.bell.ring();
  };

  /** What has arrived since the last time. */
  take(): readonly Arrived[] {
    const taken = this.#arrived;
    this.#arrived = [];
    return taken;
  }
}

/** The items, and between them each notice as soon as it arrives, even while an item is waited for. */
export async function* withNotices<T>(
  items: AsyncIterable<T>,
  notices: Notices,
): AsyncGenerator<{ readonly item: T } | { readonly notice: Arrived }, void, void> {
  const pulled = new Pulled(items, notices.bell.ring);
  try {
    for (pulled.pull(); ; ) {
      for (const notice of notices.take()) yield { notice };
      const { result } = pulled;
      if (result === undefined) {
        await notices.bell.heard();
        continue;
      }
      if (result.done) return;
      yield { item: result.value };
      pulled.pull();
    }
  } finally {
    await pulled.stop();
  }
}
