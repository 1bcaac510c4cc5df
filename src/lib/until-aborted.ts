/**
 * Waits for something that takes no signal itself, at most until the signal aborts; then rejects with its
 * reason. What was waited for goes on, and nothing stays behind on the signal.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const never = new Promise<void>(() => {});
 * await assert.rejects(untilAborted(never, AbortSignal.abort(new Error('enough'))), { message: 'enough' });
 * assert.equal(await untilAborted(Promise.resolve(7), new AbortController().signal), 7);
 * ```
 */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
