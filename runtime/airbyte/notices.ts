import type { Notice } from '../contract/destination.ts';
import { Bell } from '../deliver/bell.ts';

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
  const iterator = items[Symbol.asyncIterator]();
  let got: { readonly result: IteratorResult<T> } | { readonly error: unknown } | undefined;
  const pull = (): void => {
    got = undefined;
    iterator.next().then(
      (result) => {
        got = { result };
        notices.bell.ring();
      },
      (error: unknown) => {
        got = { error };
        notices.bell.ring();
      },
    );
  };
  try {
    for (pull(); ; ) {
      for (const notice of notices.take()) yield { notice };
      if (got === undefined) {
        await notices.bell.heard();
        continue;
      }
      if ('error' in got) throw got.error;
      if (got.result.done) return;
      yield { item: got.result.value };
      pull();
    }
  } finally {
    await iterator.return?.();
  }
}
