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
  const open = threads.filter((thread) => thread.takes(app));
  const heard = open.filter((thread) => thread.silent === 0);
  const free = heard.length > 0 ? heard : open;
  const used = app.threads;
  if (othersRun && used.size >= Math.max(1, threads.length - 1)) {
    const own = least(free.filter((thread) => used.has(thread)));
    if (own) return own;
  }
  return least(free);
}

function least(threads: readonly Thread[]): Thread | undefined {
  let best: Thread | undefined;
  for (const thread of threads) {
    const better =
      !best ||
      thread.active < best.active ||
      (thread.active === best.active && thread.inFlight < best.inFlight);
    if (better) best = thread;
  }
  return best;
}
