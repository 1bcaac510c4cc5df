import type { Clock } from '../../../engine/extension.ts';
import { untilAborted } from '../../../lib/until-aborted.ts';
import type { News } from '../node/part.ts';
import { type Incoming, PART } from './calls.ts';
import { VERDICT } from './limits.ts';

/** Verdicts that modules are asked for. */
export interface Questions extends Disposable {
  /** Resolves to `undefined` when there is no answer in time; is `undefined` at once when too many are waited for. */
  ask(app: string, message: Omit<Incoming, 'apps'>): Promise<boolean | undefined> | undefined;
  answer(question: number, passes: boolean): void;
}

export interface QuestionsDeps {
  readonly clock: Clock;
  readonly tell: (news: News) => void;
}

/**
 * Asks modules in the main thread, so many at a time.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ManualClock } from '../../../testkit/index.ts';
 * const told: News[] = [];
 * using questions = createQuestions({ clock: new ManualClock(), tell: (news) => void told.push(news) });
 * const passes = questions.ask('shop', { topic: 'a', publisher: '12D3KooWA', payload: new Uint8Array() });
 * questions.answer(Number(told[0]?.['question']), true);
 * assert.equal(await passes, true);
 * ```
 */
export function createQuestions({ clock, tell }: QuestionsDeps): Questions {
  const open = new Map<number, (passes: boolean) => void>();
  let bytes = 0;
  const end = new AbortController();
  let last = 0;

  async function answered(question: number, answer: Promise<boolean>): Promise<boolean | undefined> {
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, end.signal]);
    const timer = clock.sleepUntil(clock.now().add({ milliseconds: VERDICT.milliseconds }), { signal });
    try {
      return await Promise.race([untilAborted(answer, end.signal), timer.then(() => undefined)]);
    } catch (error) {
      // The node stops, and whatever was asked is not to be delivered.
      if (end.signal.aborted) return undefined;
      throw error;
    } finally {
      open.delete(question);
      late.abort();
      await timer.catch(() => {});
    }
  }

  return {
    ask(app, message) {
      const size = message.payload.length;
      if (open.size >= VERDICT.waiting || bytes + size > VERDICT.bytes || end.signal.aborted)
        return undefined;
      bytes += size;
      const question = ++last;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      open.set(question, resolve);
      tell({ part: PART, kind: 'question', question, app, message });
      return answered(question, promise).finally(() => {
        bytes -= size;
      });
    },
    answer: (question, passes) => open.get(question)?.(passes),
    [Symbol.dispose]: () => end.abort(new Error('The node stops')),
  };
}
