import type { Clock } from '../../engine/extension.ts';

/**
 * Does `work` when so much time has passed, unless that is disposed before.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ManualClock } from '../../testkit/index.ts';
 * const clock = new ManualClock();
 * const done: string[] = [];
 * after(clock, { seconds: 1 }, () => done.push('kept'));
 * after(clock, { seconds: 1 }, () => done.push('dropped'))[Symbol.dispose]();
 * await clock.advance({ seconds: 1 });
 * assert.deepEqual(done, ['kept']);
 * ```
 */
export function after(clock: Clock, time: Temporal.DurationLike, work: () => void): Disposable {
  const stop = new AbortController();
  // It only rejects when it is disposed: then nobody wants the work any more.
  clock.sleepUntil(clock.now().add(time), { signal: stop.signal }).then(work, () => undefined);
  return { [Symbol.dispose]: () => stop.abort() };
}
