/** Whether a thread hears: it is asked, and must answer before it is asked again. */
export interface Hearing {
  /** How often in a row it was silent when the next question was due. */
  readonly misses: number;
  /** The next question is due; `late` when the asker is, who then must not complain. */
  ask(late: boolean): void;
  answered(question: number): void;
  /** Nothing is asked now. */
  rest(): void;
}

/**
 * Counts how often nobody answered.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const asked: number[] = [];
 * const hearing = createHearing((question) => asked.push(question));
 * for (const late of [false, false, true, false]) hearing.ask(late);
 * assert.deepEqual([asked, hearing.misses], [[1], 2]);
 * hearing.answered(1);
 * hearing.ask(false);
 * assert.deepEqual([asked, hearing.misses], [[1, 2], 0]);
 * ```
 */
export function createHearing(send: (question: number) => void): Hearing {
  let asked = 0;
  let heard = 0;
  let misses = 0;
  return {
    get misses() {
      return misses;
    },
    ask(late) {
      if (heard !== asked) {
        if (!late) misses++;
        return;
      }
      misses = 0;
      send(++asked);
    },
    answered(question) {
      heard = question;
      misses = 0;
    },
    rest() {
      heard = asked;
      misses = 0;
    },
  };
}
