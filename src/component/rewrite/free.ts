/**
 * Which functions take no fuel because their callers pay for them.
 *
 * @module
 */

import type { Code } from './code.ts';
import { EVENT, event } from './events.ts';
import type { Module } from './module.ts';

export interface FreeLimits {
  /** Work of a function with all that it calls. Without a bound on the sum, a chain of functions that each call
   * the next one twice would be exponential at no charge. */
  readonly called: number;
  /** The same where it can be called through a table, a reference or another module, by callers that do not pay. */
  readonly escaping: number;
}

/** So deep may functions call each other and still be free. */
const DEPTH = 64;

const NOT_FREE: number = Number.POSITIVE_INFINITY;

/**
 * What a call of each function costs its caller, by function index: 0 for one that is imported or pays for itself.
 * Free is what has no indirect call and no recursion and does little with all that it calls, loops run once: they
 * pay for themselves.
 */
export function freeCosts(module: Module, code: Code, limits: FreeLimits): readonly number[] {
  const known: (number | undefined)[] = [];
  const cost = (index: number, depth: number): number => {
    const body = code.bodies[index - module.importedFunctions];
    if (body === undefined) return 0;
    const before = known[index];
    if (before !== undefined) return before;
    if (depth > DEPTH) return NOT_FREE;
    known[index] = NOT_FREE; // As long as it is being asked for: it may call itself.
    const escapes = module.escaping.has(index) || code.escaping.has(index);
    const most = escapes ? limits.escaping : limits.called;
    const { numbers } = code.tape;
    let sum = body.work;
    for (let at = body.from; at < body.to && sum <= most; at += EVENT)
      if (numbers[at] === event.call) sum += cost(numbers[at + 1] as number, depth + 1);
    known[index] = sum <= most ? sum : NOT_FREE;
    return known[index];
  };
  const costs: number[] = [];
  for (let index = 0; index < module.functions; index++) costs.push(cost(index, 0));
  return costs;
}

/** Whether a function pays for itself. */
export function paysItself(cost: number | undefined): boolean {
  return cost === NOT_FREE;
}
