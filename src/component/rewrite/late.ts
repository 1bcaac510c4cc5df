/**
 * Which functions pay late: not at their entry, but before they call another that pays.
 *
 * @module
 */

import type { MeterOptions } from './charges.ts';
import type { Code } from './code.ts';
import { type Body, EVENT, event } from './events.ts';
import { paysItself } from './free.ts';
import { Meter, SHARE } from './meter.ts';
import type { Module } from './module.ts';

/**
 * What callers pay for functions that pay late, by function index; `undefined` for all others. Late are functions that
 * call themselves, and are called by nobody but the code of their module, which pays for the ways on which they call
 * nothing: half of the calls of a recursion end at once, and an entry that pays waits for the store of the call before.
 * Among all functions it gained nothing more, and some would pay twice where ways come together.
 */
export function lateCosts(
  module: Pick<Module, 'bytes' | 'importedFunctions' | 'escaping'>,
  code: Code,
  { costs, most }: Omit<MeterOptions, 'late'>,
): readonly (number | undefined)[] {
  const meter = new Meter(code.tape, module.bytes, { costs, late: [], most });
  return costs.map((cost, index) => {
    const body = code.bodies[index - module.importedFunctions];
    const escapes = module.escaping.has(index) || code.escaping.has(index);
    if (body === undefined || escapes || !paysItself(cost) || !callsItself(code, body, index))
      return undefined;
    meter.charges(body, 'late');
    return Math.ceil(meter.left / SHARE);
  });
}

function callsItself({ tape: { numbers } }: Code, body: Body, index: number): boolean {
  for (let at = body.from; at < body.to; at += EVENT)
    if (numbers[at] === event.call && numbers[at + 1] === index) return true;
  return false;
}
