import type { ToWorker } from './protocol.ts';

type Queued = Exclude<ToWorker, { readonly type: 'ping' }>;
type CallMessage = Extract<ToWorker, { readonly type: 'call' }>;

export interface Inbox {
  add(message: Queued): void;
  /**
   * So many answers may be held back: no more than calls wait here, all of one application, nor than were its own
   * among the last that were handled. 0 when each takes a turn.
   */
  readonly backlog: number;
}

/** Messages handled before the loop looks for new ones, and how long they may take. */
const CHUNK = 8;
const CHUNK_MS = 1;

/**
 * Hands over one message in a turn of its own, so that the microtasks of one are over before the next: first what is
 * no new call, in order; then calls, applications taking turns. Where `handle` answers true, nothing of the message
 * goes on in microtasks, and the next one may have the same turn.
 */
export function createInbox(
  handle: (message: Queued) => unknown,
  now: () => number = () => performance.now(),
): Inbox {
  const others: Queued[] = [];
  const calls = new Map<number, CallMessage[]>();
  let size = 0;
  let until = 0;
  let scheduled = 0;
  /** Messages handled in this turn of the loop, and in the one before. */
  let handled = 0;
  let handledBefore = 0;
  /** Of the last messages, those that were calls of one application, and which. */
  let streak = 0;
  let streakOf = -1;

  function next(): Queued | undefined {
    const other = others.shift();
    if (other) return other;
    for (const [load, queue] of calls) {
      const call = queue.shift();
      // To the end of the round, or out of it.
      calls.delete(load);
      if (queue.length > 0) calls.set(load, queue);
      if (call) return call;
    }
    return undefined;
  }

  function step(): void {
    scheduled--;
    const time = now();
    if (until === 0) until = time + CHUNK_MS;
    if (time <= until) handleSome();
    if (scheduled === 0) schedule();
  }

  function handleSome(): void {
    for (let message = next(); message; message = next()) {
      size--;
      handled++;
      const load = message.type === 'call' ? message.load : -1;
      streak = load === streakOf ? streak + 1 : 1;
      streakOf = load;
      if (handle(message) !== true || now() > until) return;
    }
  }

  function schedule(): void {
    until = 0;
    handledBefore = handled;
    handled = 0;
    for (const most = Math.min(size, CHUNK); scheduled < most; scheduled++) setImmediate(step);
  }

  return {
    get backlog() {
      return calls.size === 1 && calls.has(streakOf) && handledBefore > 1 ? Math.min(size, streak) : 0;
    },
    add(message) {
      size++;
      if (message.type === 'call') {
        const queue = calls.get(message.load);
        if (queue) queue.push(message);
        else calls.set(message.load, [message]);
      } else others.push(message);
      if (scheduled === 0) schedule();
    },
  };
}
