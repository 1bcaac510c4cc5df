import type { Clock } from '../engine/extension.ts';
import type { Deadlines } from './deadlines.ts';
import { fail } from './errors.ts';
import type { Thread } from './thread.ts';
import type { ThreadCall } from './thread-call.ts';

export interface CallLimitDeps {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/** Watches over a call that is about to be sent to this thread. */
export type CallLimit = (call: ThreadCall, thread: Thread) => void;

/**
 * Ends calls whose guests were entered longer ago than their limit. As long as one was not entered, no time has passed: it may
 * stand behind another guest that does not end.
 */
export function createCallLimit({ clock, deadlines }: CallLimitDeps): CallLimit {
  return (call, thread) => {
    const ms = call.app.limits.wallClockMs;
    const length = BigInt(ms) * 1_000_000n;
    // Of the thread that it was in before, which is lost.
    call.deadline?.[Symbol.dispose]();
    call.deadline = deadlines.add(clock.monotonic() + length, () => {
      if (call.ended) return undefined;
      const now = clock.monotonic();
      const due = (thread.startedAt(call) ?? now) + length;
      if (due > now) return due;
      thread.end(call, fail('DEADLINE', { ...call.names, ms }));
      return undefined;
    });
  };
}
