/** A signal that aborts with another, or some time after `begin`. Disposal leaves nothing on the other signal. */
export interface Patience extends Disposable {
  readonly signal: AbortSignal;
  /** Starts the time, once. */
  begin(): void;
}

/**
 * Limits how long something is waited for. `milliseconds` count from `begin`. Unlike `AbortSignal.any` and
 * `AbortSignal.timeout` it leaves no timer and no listener behind when what was waited for has come.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * using patience = createPatience(AbortSignal.abort(new Error('enough')), 1_000);
 * assert.equal(patience.signal.reason.message, 'enough');
 * ```
 */
export function createPatience(signal: AbortSignal, milliseconds: number): Patience {
  const enough = new AbortController();
  const abort = (): void => enough.abort(signal.reason);
  let timer: NodeJS.Timeout | undefined;
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return {
    signal: enough.signal,
    begin() {
      timer ??= setTimeout(() => enough.abort(), milliseconds);
    },
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    },
  };
}

/**
 * Runs something with a signal that aborts with another, or after so many milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { signal } = new AbortController();
 * assert.equal(await withLimit({ signal, milliseconds: 1_000 }, async (limited) => limited.aborted), false);
 * ```
 */
export async function withLimit<T>(
  { signal, milliseconds }: { readonly signal: AbortSignal; readonly milliseconds: number },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  using patience = createPatience(signal, milliseconds);
  patience.begin();
  return await run(patience.signal);
}
