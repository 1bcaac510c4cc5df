import type { Clock } from '../../../engine/extension.ts';
import { untilAborted } from '../../../lib/until-aborted.ts';
import type { News } from '../node/part.ts';
import { type Incoming, PART, type Refusal } from './calls.ts';
import { VERDICT } from './limits.ts';

/** Verdicts that modules are asked for. */
export interface Questions extends Disposable {
  /** False as well when there is no answer in time; `undefined` at once when too many are waited for. */
  ask(app: string, message: Omit<Incoming, 'apps'>): Promise<boolean> | undefined;
  answer(question: number, passes: boolean): void;
  /**
   * What `deliver` finds of one message, for which it asks before it returns. When an answer did not come in time,
   * nobody has said no: it is `busy` then, which is nobody's fault.
   */
  judged(deliver: () => Found): Found;
}

type Found = Promise<Refusal | undefined> | undefined;

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
  let asking: { late: boolean } | undefined;

  async function answered(
    question: number,
    answer: Promise<boolean>,
    asked: { late: boolean } | undefined,
  ): Promise<boolean> {
    function unanswered(): false {
      if (asked) asked.late = true;
      return false;
    }
    const late = new AbortController();
    const signal = AbortSignal.any([late.signal, end.signal]);
    const timer = clock.sleepUntil(clock.now().add({ milliseconds: VERDICT.milliseconds }), { signal });
    try {
      return await Promise.race([untilAborted(answer, end.signal), timer.then(unanswered)]);
    } catch (error) {
      // The node stops, and whatever was asked is not to be delivered.
      if (end.signal.aborted) return unanswered();
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
      return answered(question, promise, asking).finally(() => {
        bytes -= size;
      });
    },
    answer: (question, passes) => open.get(question)?.(passes),
    judged(deliver) {
      const asked = { late: false };
      asking = asked;
      try {
        return deliver()?.then((refusal) => (refusal === 'verdict' && asked.late ? 'busy' : refusal));
      } finally {
        asking = undefined;
      }
    },
    [Symbol.dispose]: () => end.abort(new Error('The node stops')),
  };
}
