/** Announces a request before its first attempt: what is noted once holds for those that follow. */
export function announcing(announce: (() => Promise<unknown>) | undefined): () => Promise<void> {
  let announced: Promise<unknown> | undefined;
  return async () => {
    announced ??= announce?.();
    await announced;
  };
}
