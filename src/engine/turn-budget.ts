export interface TurnBudgetOptions {
  /** So many may always be spent in one turn of the event loop. */
  readonly least: number;
  /** More than that only as long as the turn is younger than this, */
  readonly milliseconds: number;
  /** and never more than so many. */
  readonly most: number;
}

/** What may be begun before the event loop gets its turn: it may be work in this thread, and sockets wait meanwhile. */
export interface TurnBudget {
  readonly left: boolean;
  spend(): void;
}

/**
 * A budget that every turn of the event loop renews.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const budget = createTurnBudget({ least: 1, milliseconds: 0, most: 8 });
 * budget.spend();
 * assert.equal(budget.left, false);
 * await new Promise(setImmediate);
 * assert.equal(budget.left, true);
 * ```
 */
export function createTurnBudget({ least, milliseconds, most }: TurnBudgetOptions): TurnBudget {
  let spent = 0;
  let until = 0;
  const renew = (): void => {
    spent = 0;
  };
  return {
    get left() {
      return spent < least || (spent < most && performance.now() < until);
    },
    spend() {
      if (spent++ > 0) return;
      until = performance.now() + milliseconds;
      setImmediate(renew);
    },
  };
}
