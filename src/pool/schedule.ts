import type { Thread } from './thread.ts';
import type { ThreadedApp } from './threaded-app.ts';

/**
 * The thread for a call of this application: the one with the fewest running guests. While guests of others run,
 * one application uses one thread less than there are, at least one: so none can have all threads for itself.
 * `undefined` when no thread takes it now.
 */
export function chooseThread(
  app: ThreadedApp,
  threads: readonly Thread[],
  othersRun: boolean,
): Thread | undefined {
  const { threads: used } = app;
  const stay = othersRun && used.size >= Math.max(1, threads.length - 1);
  let best: Thread | undefined;
  for (const thread of threads) {
    if (!thread.takes(app)) continue;
    if (!best || compare(thread, best, stay ? used : undefined) < 0) best = thread;
  }
  return best;
}

/** Below zero when the first is the better choice: one that hears, then one of these, then the least busy. */
function compare(a: Thread, b: Thread, these: ReadonlyMap<Thread, number> | undefined): number {
  const hearing = Number(a.silent > 0) - Number(b.silent > 0);
  if (hearing !== 0) return hearing;
  const own = these ? Number(these.has(b)) - Number(these.has(a)) : 0;
  return own || a.active - b.active || a.inFlight - b.inFlight;
}
