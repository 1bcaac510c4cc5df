/** Brings calls to threads. Those that no thread takes now wait, and those of one application begin in their order. */
export interface Dispatcher<C> {
  /** Starts the call, or lets it wait. */
  dispatch(call: C): void;
  /** Something may be started that could not be before. */
  roomier(): void;
  /** Takes out a call that waits; answers whether it did. */
  remove(call: C): boolean;
}

export interface DispatcherDeps<C, T> {
  /** The thread that takes this call now. */
  readonly find: (call: C) => T | undefined;
  readonly start: (call: C, thread: T) => void;
}

/**
 * A call waits behind others of its application, and never behind those of another: a thread may have room for it and
 * none for them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const [shop, hoard] = [{}, {}];
 * const full = new Set([hoard]);
 * const started: string[] = [];
 * const dispatcher = createDispatcher<{ app: object; name: string }, true>({
 *   find: ({ app }) => (full.has(app) ? undefined : true),
 *   start: ({ name }) => started.push(name),
 * });
 * dispatcher.dispatch({ app: hoard, name: 'late' });
 * dispatcher.dispatch({ app: shop, name: 'soon' });
 * assert.deepEqual(started, ['soon']);
 * full.clear();
 * dispatcher.dispatch({ app: hoard, name: 'behind' });
 * dispatcher.roomier();
 * assert.deepEqual(started, ['soon', 'late', 'behind']);
 * ```
 */
export function createDispatcher<C extends { readonly app: object }, T>({
  find,
  start,
}: DispatcherDeps<C, T>): Dispatcher<C> {
  const waiting = new Set<C>();
  return {
    dispatch(call) {
      const behind = waiting.size > 0 && waiting.values().some(({ app }) => app === call.app);
      const thread = behind ? undefined : find(call);
      if (thread === undefined) waiting.add(call);
      else start(call, thread);
    },
    roomier() {
      if (waiting.size === 0) return;
      const stay = new Set<object>();
      for (const call of waiting) {
        // Where one of an application finds no thread, those behind it need not ask.
        const thread = stay.has(call.app) ? undefined : find(call);
        if (thread === undefined) {
          stay.add(call.app);
          continue;
        }
        // Before it starts: one that cannot cross may be over at once, and then this runs again inside of itself.
        waiting.delete(call);
        start(call, thread);
      }
    },
    remove: (call) => waiting.delete(call),
  };
}
