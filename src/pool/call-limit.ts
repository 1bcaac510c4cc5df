import type { Clock } from '../engine/extension.ts';
import type { Deadlines } from './deadlines.ts';
import { fail } from './errors.ts';
import type { Thread } from './thread.ts';
import type { ThreadCall } from './thread-call.ts';

export interface CallLimitDeps {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
}

/**
 * Ends the call when its guest was entered longer ago than this. As long as it was not entered, no time has passed:
 * it may stand behind another guest that does not end.
 */
export function limitCall(
  call: ThreadCall,
  thread: Thread,
  { ms, clock, deadlines }: CallLimitDeps & { readonly ms: number },
): void {
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
}
